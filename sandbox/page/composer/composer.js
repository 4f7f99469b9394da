// The composer: it writes a message or fills in a command, replies, and sends.
import { $, composing, make, makeButton } from "/page/base/make.js";
import { ask, notify, upload } from "/page/base/server.js";
import { uploaded } from "/page/composer/attachments.js";
import { closeOptionList, edgeKey, findWrong, focusFirst, optionKey, optionValues } from "/page/composer/command_form.js";
import { change, draft, isBlank, keep, moveDrafts, openDraft, putBack, takeOut, warn } from "/page/composer/draft.js";
import { begin, closeList, content, listKey, takeTyped } from "/page/composer/message_field.js";
import { fromFoot, leaveFoot, toFoot } from "/page/messages/scroll.js";
import { say } from "/page/words/words.js";
import { EPHEMERAL, MOST_CHARS, channelOf, emit, here, isDeleted, on } from "/page/world/state.js";

// The bar above the field: the message that is replied to. And the way to edit the last own message.
const FORWARDED = 1 << 14;

function startReply(found) {
  change({ reply: { id: found.id, name: found.author.global_name, ping: true } });
  emit("compose");
}

// Edit the person's last message in the shown channel. Return whether there is one.
function editLast() {
  const own = (one) => one.author.id === here.person && !(one.flags & (FORWARDED | EPHEMERAL)) && !one.message_snapshots;
  const found = here.state.messages.findLast(own);
  if (found) emit("edit", found);
  return Boolean(found);
}

// End the reply. Return whether there was one.
function cancel() {
  if (!draft.reply) return false;
  change({ reply: null });
  emit("compose");
  return true;
}

function pings() {
  const { reply } = draft, onclick = () => change({ reply: { ...reply, ping: !reply.ping } });
  const about = { "aria-pressed": String(reply.ping), title: say("Mention the author of the message"), onclick };
  return makeButton(about, reply.ping ? say("@ On") : say("@ Off"));
}

const end = (label) => makeButton({ "aria-label": label, title: label, onclick: cancel }, "×");

// End the reply if its message was deleted, as Discord does. Return whether it was. The rest of the draft is not drawn again.
function drop() {
  if (!draft.reply || draft.channel !== here.state.shown || !isDeleted(draft.reply.id)) return false;
  draft.reply = null;
  keep();
  notify(say("The message that you were replying to was deleted. What you typed stays."));
  return true;
}

function draw() {
  drop();
  const { reply } = draft;
  $("replying").hidden = !reply;
  if (!reply) return;
  const sentence = say("Replying to {name}", { name: reply.name });
  $("replying").replaceChildren(make("span", {}, sentence), pings(), end(say("Cancel reply")));
}

on("reply", startReply);
on("draft", draw);
on("state", () => drop() && draw());

// The composer: its keys, its focus, and which draft it shows.
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

// Send the draft: a message, an edited message or a command. What cannot be sent comes back into the draft.
const SLOW_MS = 300;
const queues = new Map(); // by person and channel: what was sent arrives in its order, and waits for no other channel
const slow = new Set(); // what has been on its way for a while
let forgetFailure = () => {};

// Send the draft of the shown channel. A command that is typed is taken first.
function send() {
  if (takeTyped()) return undefined;
  if (draft.command) return sendCommand();
  const text = content();
  if (text.length > MOST_CHARS) return warn(tooLong(text.length));
  return text || draft.files.length ? sendMessage(text) : undefined;
}

const tooLong = (count) => say("Your message has {count} characters. The most is {most}.", { count, most: MOST_CHARS });

function sendMessage(text) {
  const taken = takeOut(), { person, channel, reply } = taken;
  deliver(taken, async () => {
    const uploads = await uploaded(taken.files), about = reply ? { reply_to: reply.id, ping_reply: reply.ping } : {};
    await inTurn(taken, () => ask("/act/message", { person, channel, content: text, uploads, ...about }));
  });
}

function sendCommand() {
  const wrong = findWrong();
  if (wrong) return warn(wrong);
  const options = optionValues(), taken = takeOut({ reply: draft.reply }), { person, channel, command } = taken;
  emit("compose");
  deliver({ ...taken, reply: null }, async () => {
    for (const [name, value] of Object.entries(options)) if (value.file) options[name] = await upload(value.file);
    await inTurn(taken, () => ask("/act/slash", { person, tab: here.tab, channel, command: command.typed, options }));
  });
  return undefined;
}

// Call *send* after what the person sent before in that channel.
function inTurn({ person, channel }, send) {
  const key = `${person}/${channel}`, sent = (queues.get(key) ?? Promise.resolve()).then(send);
  queues.set(key, sent.catch(() => {}));
  return sent;
}

async function deliver(taken, work) {
  const timer = setTimeout(() => showSlow(() => slow.add(taken)), SLOW_MS);
  try {
    await work();
    release(taken);
    forgetFailure();
  } catch (error) {
    putBack(taken);
    forgetFailure = notify(error.message);
  }
  clearTimeout(timer);
  showSlow(() => slow.delete(taken));
}

function showSlow(change) {
  change();
  $("sending").textContent = slow.size ? say("Sending…") : "";
}

function release({ files, command }) {
  for (const item of [...files, ...(command?.fields ?? []).map((one) => one.item)]) item?.release();
}
