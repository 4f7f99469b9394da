// The bar below the list while one reads older messages: how many are new, and the way down.
import { $, make, makeButton } from "/page/base/make.js";
import { atFoot, fromFoot, reading, toFoot } from "/page/messages/scroll.js";
import { say } from "/page/words/words.js";
import { emit, here, on } from "/page/world/state.js";
import { isOwn, markRead, newer, unread } from "/page/world/unread.js";

const FAR_PX = 1500;
let newest = null, shown = "";

function words() {
  const count = atFoot() ? 0 : unread().length;
  if (count) return count === 1 ? say("1 new message") : say("{count} new messages", { count });
  return !atFoot() && fromFoot() > FAR_PX ? say("You're viewing older messages") : "";
}

function draw() {
  if (reading()) markRead();
  const now = words();
  if (now === shown) return;
  shown = now;
  const button = now && makeButton({ className: "present", onclick: down }, now, make("span", {}, say("Jump to present"), " ↓"));
  $("present").replaceChildren(...(button ? [button] : []));
}

function down(event) {
  toFoot();
  draw();
  if (!event.detail) emit("compose"); // pressed by keyboard: the button is gone
}

// What one writes oneself is shown: the list goes to the foot.
function follow(opened) {
  const last = here.state.messages.at(-1);
  if (!opened && last && isOwn(last) && newer(last.id, newest)) toFoot();
  newest = last?.id ?? null;
}

on("drawn", (opened) => {
  follow(opened);
  draw();
});
on("scrolled", () => here.state && draw());
document.addEventListener("visibilitychange", () => here.state && draw());
