// What waits for the bot: pressed buttons and selects show it, and after Discord's 3 s the page says that nothing came.
import { acknowledged } from "/page/base/interaction.js";
import { make } from "/page/base/make.js";
import { addFailure } from "/page/messages/local.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

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
