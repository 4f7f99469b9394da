// When a message was sent, as Discord writes it.
import { now, writeTime } from "/page/base/time.js";
import { say } from "/page/words/words.js";

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
