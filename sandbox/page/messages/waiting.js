// What one presses under a message: components that wait for the bot, and reactions.
import { $, make, makeButton } from "/page/base/make.js";
import { acknowledged, attempt } from "/page/base/server.js";
import { addFailure, openMenuAbout } from "/page/messages/message.js";
import { locale, say } from "/page/words/words.js";
import { EPHEMERAL, LOADING, channel, here, may, names } from "/page/world/state.js";

// What waits for the bot: pressed buttons and selects show it, and after Discord's 3 s the page says that nothing came.
const SLASH = 20, MENU = 23; // types of the messages that answer commands
const waiting = new Set(); // the presses that the bot has not acknowledged yet
const failed = new Set(); // the messages whose last press was not answered

// Follow each interaction that the page sends. Forms say for themselves what became of them.
addEventListener("interaction", ({ detail }) => {
  if (detail.path === "/act/press") followPress(detail);
  if (detail.path === "/act/slash" || detail.path === "/act/menu") followCommand(detail);
});

// A sandbox that was started again knows no earlier interaction: then there is nothing to say.
const isAnswered = (id) => acknowledged(id).catch(() => true);

// Show that a pressed part of a message waits while *sending*, a promise, brings the press to the sandbox. Return what it returns.
export async function whileSending(found, part, sending) {
  const one = { body: { message: found.id, custom_id: part.custom_id } };
  waiting.add(one);
  draw(one);
  const answer = await sending;
  waiting.delete(one);
  draw(one);
  return answer;
}

async function followPress(one) {
  waiting.add(one);
  failed.delete(one.body.message);
  draw(one);
  const answered = await isAnswered(one.id);
  waiting.delete(one);
  if (!answered) failed.add(one.body.message);
  draw(one);
}

async function followCommand({ id, path, body }) {
  const { person, channel } = body, { people, now } = here.state;
  const user = { id: person, global_name: people.find((one) => one.id === person)?.name };
  if (await isAnswered(id)) return;
  addFailure({ channel, user, timestamp: now, id, person, name: body.command, type: path === "/act/menu" ? MENU : SLASH });
}

function draw(one) {
  const node = document.getElementById(`m${one.body.message}`);
  if (node) showWaiting(node, { id: one.body.message });
}

// Show in the element of a message which of its controls wait, and whether the last press failed. Return the element.
export function showWaiting(node, found) {
  const pressed = [...waiting].filter((one) => one.body.message === found.id).map((one) => one.body.custom_id);
  for (const control of node.querySelectorAll("[data-custom-id]")) {
    const row = control.closest(".buttons") ?? control;
    const waits = pressed.includes(control.dataset.customId);
    control.classList.toggle("waits", waits);
    const stopped = [row, ...row.querySelectorAll("[data-custom-id]")].some((other) => pressed.includes(other.dataset.customId));
    mark(control, "aria-busy", waits);
    mark(control, "aria-disabled", stopped);
  }
  node.querySelector(".failed")?.remove();
  const words = failed.has(found.id) && make("p", { className: "wrong failed", role: "alert" }, say("This interaction failed"));
  if (words) node.querySelector(".said").append(words);
  return node;
}

function mark(node, name, holds) {
  if (holds) node.setAttribute(name, "true");
  else node.removeAttribute(name);
}

// While a row waits, its controls keep the focus but do nothing.
addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-custom-id][aria-disabled=true]")) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// Reactions: pills below a message, which a press adds to or takes from, and the menu of emoji.
const COMMON = ["👍", "👎", "❤️", "😂", "😮", "😢", "🎉", "🔥", "👀", "✅", "❌", "🙏"], COLUMNS = 6;

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
  const items = COMMON.map((emoji) => ({ text: emoji, act: () => change(found, emoji) }));
  openMenuAbout(found, anchor, say("Add reaction"), [{ items }], COLUMNS);
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
