// Times follow the sandbox's clock, which the panel can advance.
import { locale } from "/page/words/words.js";

let ahead_ms = 0;

// Set the page's clock to the time *text* (ISO 8601) of a state.
export function setNow(text) {
  ahead_ms = Date.parse(text) - Date.now();
}

export const now = () => Date.now() + ahead_ms;

const SPANS = [[60, "second", 1], [5400, "minute", 60], [129600, "hour", 3600], [Infinity, "day", 86400]];

// Return a time in relation to now, such as "in 5 minutes". *at* in milliseconds.
export function since(at) {
  const seconds = (at - now()) / 1000;
  const [, unit, size] = SPANS.find(([most]) => Math.abs(seconds) < most);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

// Write each relative time again: elements <time data-since="milliseconds">.
function tick() {
  for (const node of document.querySelectorAll("time[data-since]")) {
    const text = since(Number(node.dataset.since));
    if (node.textContent !== text) node.textContent = text;
  }
}
setInterval(tick, 1000);
