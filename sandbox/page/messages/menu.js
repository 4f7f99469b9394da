// The menu of a message: by right-click, long press, keyboard and the toolbar.
import { $, make } from "/page/base/make.js";
import { openMenu } from "/page/base/menu.js";
import { actions, apps, userApps } from "/page/messages/actions.js";
import { nameOf } from "/page/messages/avatar.js";
import { messageOf } from "/page/messages/keyboard.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

const AUTHOR = ".message > .avatar, .by .name";
const NATIVE = "a[href], input, textarea, select";
const PHONE = matchMedia("(max-width: 46rem)");
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

function open(anchor, found, shown) {
  const refocus = () => document.activeElement === document.body && $(`m${found.id}`)?.focus({ preventScroll: true });
  openMenu(anchor, say("Message actions"), shown, { sheet: PHONE.matches, close: refocus });
}

// Open the menu with everything that can be done with a message.
export const openMore = (anchor, found) => open(anchor, found, groups(found));

// Open the menu with the bot's commands alone.
export const openApps = (anchor, found) => open(anchor, found, [{ label: say("Apps"), items: apps(found).map(item) }]);

// Open the menu of the message that *node* draws, at a point, or that of its author if *target* shows the author and there are
// commands for people. The focus returns to the message.
export function openAt(node, point, target = node) {
  const found = here.state.messages.find((one) => `m${one.id}` === node.id);
  if (!found) return;
  node.focus({ preventScroll: true });
  const own = target.closest(AUTHOR) ? ofAuthor(found) : { items: [] };
  open(point, found, own.items.length ? [own] : groups(found));
}

// Return whether the browser's own menu is wanted: on a link, in a field, and on selected text.
export function isNative(target) {
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
