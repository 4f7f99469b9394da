// Times, and how they go on.
import { locale, say } from "/page/words/words.js";

// Times follow the sandbox's clock, which the panel can advance.
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

// When a message was sent, as Discord writes it.
const DAY_MS = 24 * 3600 * 1000;

export const clockTime = (at) => writeTime(at, { timeStyle: "short" });
export const fullTime = (at) => writeTime(at, { dateStyle: "full", timeStyle: "short" });

// Return the day of the sandbox's clock: what is "today" in the times of messages.
export const today = () => new Date(now()).toDateString();

// Return the time of today, "Yesterday at" a time, or the date and the time.
export function sentTime(at) {
  const days = (Date.parse(today()) - Date.parse(new Date(at).toDateString())) / DAY_MS;
  if (Math.round(days) === 0) return clockTime(at);
  if (Math.round(days) === 1) return say("Yesterday at {time}", { time: clockTime(at) });
  return writeTime(at, { dateStyle: "short", timeStyle: "short" });
}
