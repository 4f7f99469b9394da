// Which messages belong together, and where a day begins.
import { make } from "/page/base/make.js";
import { writeTime } from "/page/base/time.js";
import { EPHEMERAL, PINNED } from "/page/world/discord.js";

const TOGETHER_MS = 7 * 60 * 1000;

const day = (found) => new Date(found.timestamp).toDateString();
const stands = (found) => found.referenced_message !== undefined || Boolean(found.interaction) || found.type === PINNED;

// Return whether a message follows *before* without an avatar and a name of its own.
export function isGrouped(found, before) {
  if (!before || before.type === PINNED || stands(found) || day(found) !== day(before)) return false;
  if (found.author.id !== before.author.id || (found.flags ^ before.flags) & EPHEMERAL) return false;
  return Date.parse(found.timestamp) - Date.parse(before.timestamp) < TOGETHER_MS;
}

// Return the line that names the day of a message, if the message *before* is of another day. Else null.
export function dayLine(found, before) {
  if (before && day(found) === day(before)) return null;
  const name = writeTime(Date.parse(found.timestamp), { dateStyle: "long" });
  return make("div", { className: "day", role: "separator", "aria-label": name }, make("span", { "aria-hidden": "true" }, name));
}
