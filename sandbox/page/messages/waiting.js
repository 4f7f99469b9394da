// What waits for the bot: pressed buttons and selects show it, and after Discord's 3 s the page says that nothing came.
import { make } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { ask } from "/page/base/server.js";
import { now } from "/page/base/time.js";
import { addFailure } from "/page/messages/local.js";
import { say } from "/page/words/words.js";
import { here, me, on } from "/page/world/state.js";

const DEADLINE_MS = 3000; // https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-29)
const AFTER_MS = 100;
const SLASH = 20, MENU = 23; // types of the messages that answer commands
const waiting = new Map(); // by interaction: what was sent
const failed = new Set(); // the messages whose last press was not answered

// Follow each interaction that the page sends.
addEventListener("interaction", ({ detail }) => {
  const one = { ...detail, channel: here.channel, at: now() };
  waiting.set(one.id, one);
  if (isPress(one)) failed.delete(one.body.message);
  draw(one);
  setTimeout(look, DEADLINE_MS + AFTER_MS, one);
});

on("state", () => waiting.forEach(look));

const isPress = (one) => one.path === "/act/press";

// Ask whether the bot has acknowledged; after the deadline, take the silence for an answer.
async function look(one) {
  if (!waiting.has(one.id)) return;
  const answer = await ask(`/interaction/${one.id}`).catch(() => ({ acknowledged_ms: 0 })); // a new sandbox knows nothing of it
  const late = now() - one.at >= DEADLINE_MS;
  if (answer.acknowledged_ms === null && !late) return;
  if (!waiting.delete(one.id)) return;
  if (answer.acknowledged_ms === null) fail(one);
  draw(one);
}

function fail(one) {
  if (isPress(one)) failed.add(one.body.message);
  else if (one.path === "/act/modal") notify(say("The application did not respond"));
  else addFailure({
    id: one.id, channel: one.channel, person: one.body.person, timestamp: new Date(one.at).toISOString(), name: one.body.command,
    user: { id: one.body.person, global_name: me().name }, type: one.path === "/act/menu" ? MENU : SLASH,
  });
}

function draw(one) {
  const node = isPress(one) && document.getElementById(`m${one.body.message}`);
  if (node) showWaiting(node, { id: one.body.message });
}

// Show in the element of a message which of its controls wait, and whether the last press failed. Return the element.
export function showWaiting(node, found) {
  const pressed = [...waiting.values()].filter((one) => isPress(one) && one.body.message === found.id).map((one) => one.body.custom_id);
  for (const control of node.querySelectorAll("[data-custom]")) {
    const row = control.closest(".buttons") ?? control;
    const waits = pressed.includes(control.dataset.custom);
    control.classList.toggle("waits", waits);
    control.toggleAttribute("aria-busy", waits);
    if (waits) control.setAttribute("aria-busy", "true");
    const stopped = waits || [...row.querySelectorAll("[data-custom]")].some((other) => pressed.includes(other.dataset.custom));
    if (stopped) control.setAttribute("aria-disabled", "true");
    else control.removeAttribute("aria-disabled");
  }
  node.querySelector(".failed")?.remove();
  if (failed.has(found.id)) node.querySelector(".said").append(make("p", { className: "wrong failed", role: "alert" }, say("This interaction failed")));
  return node;
}

// While a row waits, its controls keep the focus but do nothing.
addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-custom][aria-disabled=true]")) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
