// Messages by keyboard: one stop for Tab, arrows between messages, and the focus survives each redraw.
import { $ } from "/page/base/make.js";
import { atFoot } from "/page/messages/scroll.js";
import { emit } from "/page/world/state.js";

const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
const log = $("log");
let stop = null; // the message that Tab reaches

const messages = () => [...log.querySelectorAll(":scope > article")];

// Return the message that an element belongs to, if it is one of the list.
export const messageOf = (node) => node.closest?.("#log > article") ?? null;

function stopAt(node) {
  if (node === stop) return;
  if (stop) stop.tabIndex = -1;
  stop = node;
  if (stop) stop.tabIndex = 0;
}

// After a draw: Tab still reaches one message, at the foot the newest one.
export function setStop() {
  if (stop?.isConnected && (!atFoot() || log.contains(document.activeElement))) return;
  stopAt((stop && $(stop.id)) && !atFoot() ? $(stop.id) : messages().at(-1) ?? null);
}

// Focus a message and scroll no further than needed.
function focusMessage(node) {
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
}

// Change the list. If the focused element is drawn again, focus what took its place.
export function keepFocus(change) {
  const had = document.activeElement, node = messageOf(had);
  const index = node && messages().indexOf(node);
  change();
  if (!node || document.activeElement !== document.body) return; // it stayed, or a jump has moved the focus
  const again = $(node.id);
  const found = !again ? messages()[index] ?? messages().at(-1) : had === node ? again : sameControl(had, node, again);
  found?.focus({ preventScroll: true });
}

const face = (node) => `${node.tagName} ${node.getAttribute("aria-label") ?? node.textContent}`;

// Return the control of *again* that *had* was in *node*: with the same custom id, the same name, or in the same place.
function sameControl(had, node, again) {
  const before = [...node.querySelectorAll(CONTROLS)], now = [...again.querySelectorAll(CONTROLS)];
  const { customId } = had.dataset, isSame = (one) => customId && one.dataset.customId === customId;
  const place = now[before.indexOf(had)], inPlace = place?.closest(".toolbar") ? null : place;
  const found = now.find(isSame) ?? now.find((one) => face(one) === face(had)) ?? inPlace;
  return found && !found.disabled ? found : again;
}

function move(node, key) {
  const all = messages(), at = all.indexOf(node);
  const to = { ArrowUp: all[at - 1], ArrowDown: all[at + 1], Home: all[0], End: all.at(-1) }[key];
  if (to) focusMessage(to);
  return key in { ArrowUp: 1, ArrowDown: 1, Home: 1, End: 1 };
}

log.addEventListener("focusin", (event) => {
  const node = messageOf(event.target);
  if (node) stopAt(node);
});
log.addEventListener("keydown", (event) => {
  const node = messageOf(event.target);
  if (!node || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (event.target === node) emit("compose");
    else node.focus();
  } else if (event.target !== node || !move(node, event.key)) return;
  event.preventDefault();
});
