// Times follow the sandbox's clock, which the panel can advance.
import { locale } from "/page/words/words.js";

let ahead_ms = 0;

// Set the page's clock to the time *text* (ISO 8601) of a state.
export function setNow(text) {
  ahead_ms = Date.parse(text) - Date.now();
}

export const now = () => Date.now() + ahead_ms;

const DAY_S = 86_400;
const SPANS = [
  [60, "second", 1], [5400, "minute", 60], [1.5 * DAY_S, "hour", 3600], [26 * DAY_S, "day", DAY_S], [345 * DAY_S, "month", 30.44 * DAY_S],
  [Infinity, "year", 365.25 * DAY_S],
];

// Return a time in relation to now, such as "in 5 minutes". *at* in milliseconds.
export function since(at) {
  const seconds = (at - now()) / 1000;
  const [, unit, size] = SPANS.find(([most]) => Math.abs(seconds) < most);
  return formatter(Intl.RelativeTimeFormat, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const formatters = new Map(); // they take long to make

function formatter(type, style) {
  const key = locale() + type.name + JSON.stringify(style);
  if (!formatters.has(key)) formatters.set(key, new type(locale(), style));
  return formatters.get(key);
}

// Return a time in the person's language. *style* as for Intl.DateTimeFormat.
export const writeTime = (at, style) => formatter(Intl.DateTimeFormat, style).format(at);

// Write each relative time again: elements <time data-since="milliseconds">.
function tick() {
  for (const node of document.querySelectorAll("time[data-since]")) {
    const text = since(Number(node.dataset.since));
    if (node.textContent !== text) node.textContent = text;
  }
}
setInterval(tick, 1000);
