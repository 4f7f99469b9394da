// A long press on a message opens its menu.
import { $ } from "/page/base/make.js";
import { messageOf } from "/page/messages/keyboard.js";
import { isNative, openAt } from "/page/messages/menu.js";

const LONG_MS = 500, STILL_PX = 10;
const log = $("log");
let timer = null, start = null;

function cancel() {
  clearTimeout(timer);
  timer = null;
}

function begin(event) {
  cancel();
  const node = messageOf(event.target);
  if (event.pointerType !== "touch" || !event.isPrimary || !node || isNative(event.target)) return;
  start = { x: event.clientX, y: event.clientY };
  timer = setTimeout(() => {
    timer = null;
    swallowClick();
    openAt(node, start);
  }, LONG_MS);
}

// The press that opened the menu presses nothing else when the finger is lifted.
function swallowClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  addEventListener("pointerdown", () => removeEventListener("click", stop, true), { capture: true, once: true });
}

function move(event) {
  if (timer && Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL_PX) cancel();
}

log.addEventListener("pointerdown", begin);
log.addEventListener("pointermove", move);
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, cancel, true);
$("messages").addEventListener("scroll", cancel, { passive: true });
