// The toolbar that lies over the corner of the message under the mouse or with the focus.
import { $, make, makeButton } from "/page/base/make.js";
import { actions, apps } from "/page/messages/actions.js";
import { messageOf } from "/page/messages/keyboard.js";
import { openApps, openMore } from "/page/messages/menu.js";
import { say } from "/page/words/words.js";
import { here, on } from "/page/world/state.js";

const log = $("log");
const bar = make("div", { className: "toolbar", role: "group" });
let shown = null; // the id of the element of the message

const messageFor = (id) => here.state.messages.find((one) => `m${one.id}` === id);

function buttons(found) {
  const { react, reply, edit } = actions(found), now = () => messageFor(shown) ?? found;
  const about = (icon, text) => ({ "aria-label": text, title: text, "data-custom-id": `toolbar ${icon}` });
  const one = (icon, text, onclick, more = {}) => makeButton({ ...about(icon, text), onclick, ...more }, icon);
  const opens = { "aria-haspopup": "menu" };
  return [
    react && one("☺", react.text, (event) => actions(now()).react?.act(event), opens),
    reply && one("↩", reply.text, () => actions(now()).reply?.act()),
    edit && one("✎", edit.text, () => actions(now()).edit?.act()),
    apps(found).length > 0 && one("❖", say("Apps"), (event) => openApps(event.currentTarget, now()), opens),
    one("⋯", say("More"), (event) => openMore(event.currentTarget, now()), opens),
  ].filter(Boolean);
}

const isInUse = () => bar.isConnected && bar.querySelector(":focus-visible, [aria-expanded=true]");

// Show the toolbar on a message, if the person is not just using it on another one.
function show(node) {
  const found = node && messageFor(node.id);
  if (!found || bar.parentNode === node || isInUse()) return;
  shown = node.id;
  bar.setAttribute("aria-label", say("Message actions"));
  bar.replaceChildren(...buttons(found));
  node.append(bar);
}

function leave() {
  if (isInUse()) return;
  const focused = messageOf(document.activeElement);
  if (focused?.matches(":focus-visible, :has(:focus-visible)")) show(focused);
  else bar.remove();
}

log.addEventListener("pointerover", (event) => event.pointerType === "mouse" && show(messageOf(event.target)));
log.addEventListener("pointerleave", leave);
log.addEventListener("focusin", (event) => show(messageOf(event.target)));
log.addEventListener("focusout", (event) => log.matches(":hover") || log.contains(event.relatedTarget) || leave());
// A message that was drawn again keeps its toolbar.
on("drawn", () => shown && !bar.isConnected && show($(shown)));
