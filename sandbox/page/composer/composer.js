// The composer: its keys, its focus, and which draft it shows.
import { composing } from "/page/base/keys.js";
import { $ } from "/page/base/make.js";
import { closeOptionList, edgeKey, focusFirst, optionKey } from "/page/composer/command_form.js";
import { draft, isBlank, moveDrafts, openDraft } from "/page/composer/draft.js";
import "/page/composer/files.js";
import { begin, closeList, listKey } from "/page/composer/message_field.js";
import { cancel, editLast } from "/page/composer/reply.js";
import { send } from "/page/composer/send.js";
import "/page/composer/tray.js";
import { fromFoot, leaveFoot, toFoot } from "/page/messages/scroll.js";
import { channelOf, here, on } from "/page/world/state.js";

const PAGE = 0.9; // of the visible messages
let due = false; // the composer is to be focused
let before = null; // the last state: a new sandbox has other ids for the same names

// Focus the field, or the first unfinished option of the taken command.
function focusComposer() {
  if (draft.command) focusFirst();
  else $("words").focus();
}

function follow() {
  const known = here.state?.me === here.person && channelOf(here.channel);
  if (!known || (draft.person === here.person && draft.channel === here.channel)) return;
  openDraft(here.person, here.channel);
  due = !document.activeElement?.closest("nav :focus-visible"); // who moves by keys moves on
}

// After a dialog: focus the composer if the browser found nothing to give the focus back to.
function focusLeft() {
  const focused = document.activeElement;
  if (focused === document.body || focused.closest("dialog:not([open])")) focusComposer();
}

// Focus the composer of a channel that was opened, as soon as the page shows it.
function focusOpened() {
  if (!due || !$("composer").checkVisibility()) return;
  due = false;
  focusComposer();
}

function restarted({ kept }) {
  if (kept) return;
  const named = (list, name) => list.find((one) => one.name === name)?.id;
  const old = [...before.people, ...before.channels], now = here.state;
  const nameOf = new Map(old.map((one) => [one.id, one.name]));
  moveDrafts((id) => named(now.people, nameOf.get(id)) ?? named(now.channels, nameOf.get(id)));
}

function keydown(event) {
  if (composing(event) || event.defaultPrevented) return;
  const inText = event.target === $("words");
  const inList = inText ? listKey(event) : optionKey(event);
  const used = inList || escape(event) || enter(event) || turn(event) || (inText ? up(event) : edgeKey(event));
  if (used) event.preventDefault();
}

function escape(event) {
  return event.key === "Escape" && (closeList() || closeOptionList() || cancel() || toPresent());
}

function toPresent() {
  const far = fromFoot() > 0;
  toFoot();
  return far;
}

// PageUp and PageDown turn the messages, unless the field itself can be scrolled.
function turn({ key, target }) {
  const by = { PageUp: -1, PageDown: 1 }[key], list = $("messages");
  if (!by || target.scrollHeight > target.clientHeight) return false;
  if (by < 0 && list.scrollTop > 0) leaveFoot(); // a message that comes before the scroll event would lead back
  list.scrollBy(0, by * PAGE * list.clientHeight);
  return true;
}

function enter(event) {
  const isField = event.target.matches("textarea, input, #command, .filled");
  if (event.key !== "Enter" || event.shiftKey || !isField) return false;
  if (here.state) send();
  return true;
}

function up(event) {
  return event.key === "ArrowUp" && isBlank(draft) && editLast();
}

const TAKES_KEYS = "input, textarea, select, [contenteditable], [role=combobox], [role=menu] *, [role=listbox], dialog *";

// A printable key goes into the field if nothing that has the focus takes keys, and pages are turned from anywhere.
function typeAnywhere(event) {
  if (composing(event) || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const printable = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (printable && !document.activeElement?.matches(TAKES_KEYS)) focusComposer();
  if (document.activeElement === document.body && $("composer").checkVisibility() && turn(event)) event.preventDefault();
}

$("composer").addEventListener("keydown", keydown);
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (here.state) send();
  focusComposer();
});
$("begin-command").addEventListener("click", () => begin("/"));
$("mention").addEventListener("click", () => begin("@"));
addEventListener("keydown", typeAnywhere);
document.addEventListener("close", focusLeft, true); // of dialogs and viewers
on("compose", () => document.querySelector("dialog[open]") || focusComposer());
on("place", () => { follow(); focusOpened(); });
on("restarted", restarted);
on("state", () => {
  follow();
  before = here.state;
  queueMicrotask(focusOpened); // after the other rooms have drawn
});
