// The ways to a message's actions: its menu, its toolbar and a long press.
import { $, make, makeButton } from "/page/base/make.js";
import { actions, apps, userApps } from "/page/messages/actions.js";
import { messageOf } from "/page/messages/list.js";
import { nameOf, openMenuAbout } from "/page/messages/message.js";
import { say } from "/page/words/words.js";
import { here, on } from "/page/world/state.js";

// The menu of a message: by right-click, long press, keyboard and the toolbar.
const AUTHOR = ".message > .avatar, .by .name";
const NATIVE = "a[href], input, textarea, select";
const log = $("log");

const item = ({ text, act, danger }) => ({ node: make("span", { className: danger ? "danger" : "" }, text), act });

function groups(found) {
  const can = actions(found), bots = apps(found);
  const some = (...names) => ({ items: names.map((name) => can[name]).filter(Boolean).map(item) });
  return [
    some("react", "reply", "edit", "thread", "forward"),
    { label: say("Apps"), items: bots.map(item) },
    ofAuthor(found),
    some("words", "link", "id", "log"),
    some("remove"),
  ].filter(({ items }) => items.length);
}

const ofAuthor = (found) => ({ label: say("Apps for {name}", { name: nameOf(found.author) }), items: userApps(found).map(item) });

const open = (anchor, found, shown) => openMenuAbout(found, anchor, say("Message actions"), shown);

// Open the menu with everything that can be done with a message.
const openMore = (anchor, found) => open(anchor, found, groups(found));

// Open the menu with the bot's commands alone.
const openApps = (anchor, found) => open(anchor, found, [{ label: say("Apps"), items: apps(found).map(item) }]);

// Open the menu of the message that *node* draws, at a point, or that of its author if *target* shows the author and there are
// commands for people. The focus returns to the message.
function openAt(node, point, target = node) {
  const found = here.state.messages.find((one) => `m${one.id}` === node.id);
  if (!found) return;
  node.focus({ preventScroll: true });
  const own = target.closest(AUTHOR) ? ofAuthor(found) : { items: [] };
  open(point, found, own.items.length ? [own] : groups(found));
}

// Return whether the browser's own menu is wanted: on a link, in a field, and on selected text.
function isNative(target) {
  const selection = getSelection();
  return Boolean(target.closest(NATIVE)) || (!selection.isCollapsed && selection.containsNode(target, true));
}

function beside(node) {
  const { left, top } = node.getBoundingClientRect();
  return { x: left + 48, y: Math.max(top, 0) + 16 };
}

log.addEventListener("contextmenu", (event) => {
  const node = messageOf(event.target);
  if (!node || isNative(event.target)) return;
  event.preventDefault();
  if (event.pointerType !== "touch") openAt(node, event.button === 2 ? { x: event.clientX, y: event.clientY } : beside(node), event.target);
});

log.addEventListener("keydown", (event) => {
  const node = messageOf(event.target), wanted = event.key === "ContextMenu" || (event.shiftKey && event.key === "F10");
  if (!node || !wanted || event.target.matches(NATIVE)) return;
  event.preventDefault();
  openAt(node, beside(node));
});

// The toolbar that lies over the corner of the message under the mouse or with the focus.
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

// A long press on a message opens its menu.
const LONG_MS = 500, STILL_PX = 10;
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
