// When a message was sent, as Discord writes it.
import { now } from "/page/base/time.js";
import { locale, say } from "/page/words/words.js";

const DAY_MS = 24 * 3600 * 1000;

const written = (at, style) => new Intl.DateTimeFormat(locale(), style).format(at);

export const clockTime = (at) => written(at, { timeStyle: "short" });
export const fullTime = (at) => written(at, { dateStyle: "full", timeStyle: "short" });

// Return the time of today, "Yesterday at" a time, or the date and the time.
export function sentTime(at) {
  const days = (Date.parse(new Date(now()).toDateString()) - Date.parse(new Date(at).toDateString())) / DAY_MS;
  if (Math.round(days) === 0) return clockTime(at);
  if (Math.round(days) === 1) return say("Yesterday at {time}", { time: clockTime(at) });
  return written(at, { dateStyle: "short", timeStyle: "short" });
}
