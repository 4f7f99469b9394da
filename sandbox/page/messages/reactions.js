// Reactions: pills below a message, which a press adds to or takes from, and the menu of emoji.
import { $, make, makeButton } from "/page/base/make.js";
import { openMenu } from "/page/base/menu.js";
import { attempt } from "/page/base/server.js";
import { locale, say } from "/page/words/words.js";
import { EPHEMERAL, LOADING } from "/page/world/discord.js";
import { channel, here, may, names } from "/page/world/state.js";

const COMMON = ["👍", "👎", "❤️", "😂", "😮", "😢", "🎉", "🔥", "👀", "✅", "❌", "🙏"], COLUMNS = 6;
const PHONE = matchMedia("(max-width: 46rem)");

const change = (found, emoji, remove = false) => attempt("/act/react", { person: here.person, message: found.id, emoji, remove });

// Return whether the person can add an emoji to a message.
export function mayReact(found) {
  const allowed = channel() && may("ADD_REACTIONS") && may("READ_MESSAGE_HISTORY");
  return Boolean(allowed && !channel().archived && !(found.flags & (EPHEMERAL | LOADING)));
}

// Open the menu of emoji for a message: at the button that was pressed, or if that is gone, where it was, or by keyboard at the message.
export function openReactions(found, event) {
  const pressed = event.currentTarget.isConnected ? event.currentTarget : event.detail && { x: event.clientX, y: event.clientY };
  const at = pressed || $(`m${found.id}`)?.querySelector(".said");
  if (at) openAt(at, found);
}

function openAt(anchor, found) {
  const refocus = () => document.activeElement === document.body && $(`m${found.id}`)?.focus({ preventScroll: true });
  const items = COMMON.map((emoji) => ({ text: emoji, act: () => change(found, emoji) }));
  openMenu(anchor, say("Add reaction"), [{ items }], { columns: COLUMNS, sheet: PHONE.matches, close: refocus });
}

// Return the reactions of a message, or null.
export function reactions(found) {
  if (!found.reactions?.length) return null;
  const about = { className: "more", "aria-label": say("Add reaction"), title: say("Add reaction"), "aria-haspopup": "menu" };
  const more = mayReact(found) && makeButton({ ...about, onclick: (event) => openAt(event.currentTarget, found) }, "+");
  const pills = found.reactions.map((one) => pill(found, one));
  return make("div", { className: "reactions", role: "group", "aria-label": say("Reactions") }, ...pills, more);
}

// Return the names of those who reacted with an emoji, in the order in which they did.
function who(found, emoji) {
  const { people } = names(), known = (found.reacted?.[emoji] ?? []).map((id) => people[id] ?? say("unknown-user"));
  return new Intl.ListFormat(locale()).format(known);
}

// The name of a pill changes with its count: by its custom id, the focus finds it again.
function pill(found, { emoji: { name }, count, me }) {
  const about = { "aria-label": named(name, count, me), title: who(found, name), "aria-pressed": String(me) };
  const act = { "data-custom-id": `reaction ${name}`, onclick: () => change(found, name, me) };
  return makeButton({ ...about, ...act }, make("span", { className: "emoji" }, name), String(count));
}

function named(emoji, count, me) {
  const words = { emoji, count };
  if (count === 1) return me ? say("{emoji} 1 reaction, including yours", words) : say("{emoji} 1 reaction", words);
  return me ? say("{emoji} {count} reactions, including yours", words) : say("{emoji} {count} reactions", words);
}
