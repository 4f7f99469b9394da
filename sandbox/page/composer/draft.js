// What is typed and attached in each channel, kept until it is sent.
import { $ } from "/page/base/make.js";
import { notify, remember } from "/page/base/server.js";
import { attach } from "/page/composer/attachments.js";
import { say } from "/page/words/words.js";
import { channel, emit, here, label } from "/page/world/state.js";

// How attachments outlive a reload: by the ids of their uploads. A file that was still on its way must be attached again.

// Return an attachment as it is kept: without its file.
const pack = ({ name, file, spoiler, alt, upload }) => ({ name, size: file.size, type: file.type, spoiler, alt, upload });

// Return a kept attachment as it was, or null if its upload had not ended.
function unpack({ name, size, type, spoiler, alt, upload }) {
  if (!upload) return null;
  const file = { name, size, type };
  remember(file, upload);
  return { file, name, upload, url: null, spoiler, alt, part: 1, release: () => {} };
}

// What is wrong with the draft: a notice that goes as soon as the draft changes.
const nothing = () => {};
let forget = nothing;

// Say what is wrong with the draft. A change that is made together with the warning does not end it.
export function warn(sentence, about) {
  const ended = notify(sentence, about);
  forget = nothing;
  queueMicrotask(() => { forget = ended; });
}

const forgetWarning = () => forget();

// Drafts: what is typed and not sent, of each person in each channel, for as long as this tab lives.
// It survives a reload, with the files that were uploaded.
const MOST_KEPT_CHARS = 200_000; // the browser has room for some millions in a tab
const KEPT = ["text", "mentions", "command", "reply", "files"];
const drafts = new Map();

// *text* with its *mentions* [{start, end, code}]; the taken *command* {typed, fields: [{name, text, value, item}]};
// *reply* {id, name, ping}; *files*: attachments.
const blank = () => ({ text: "", mentions: [], command: null, reply: null, files: [] });

// The draft of the shown channel.
export let draft = { person: null, channel: null, ...blank() };

const keyOf = (person, channel) => `draft:${person}/${channel}`;

// Show the draft of a person in a channel. Emits `draft`.
export function openDraft(person, channel) {
  const key = keyOf(person, channel);
  const lost = drafts.has(key) ? [] : restore(key, { person, channel });
  draft = drafts.get(key);
  emit("draft");
  if (lost.length) warn(say("Attach these files again: {names}", { names: lost.join(", ") }), { lasting: true });
}

// Read a draft that was kept before a reload. Return the names of the files that had not arrived; their options know them as `lost`.
function restore(key, about) {
  const found = { ...blank(), ...JSON.parse(sessionStorage.getItem(key) ?? "{}"), ...about };
  const inFields = (found.command?.fields ?? []).filter((one) => one.item);
  const lost = [...found.files, ...inFields.map((one) => one.item)].filter((one) => !one.upload).map((one) => one.name);
  found.files = found.files.map(unpack).filter(Boolean);
  for (const field of inFields) Object.assign(field, { lost: field.item.upload ? undefined : field.item.name, item: unpack(field.item) });
  drafts.set(key, found);
  return lost;
}

// Keep a draft that the person has changed.
export function keep(changed = draft) {
  forgetWarning();
  store(changed);
}

// Keep all drafts, with the uploads that have ended.
export const keepUploads = () => drafts.forEach(store);

function store(changed) {
  const key = keyOf(changed.person, changed.channel);
  const about = Object.fromEntries(KEPT.map((name) => [name, changed[name]]));
  const text = JSON.stringify(about, (name, value) => (value?.file ? pack(value) : value));
  if ((isBlank(changed) && !changed.reply) || text.length > MOST_KEPT_CHARS) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, text);
}

// Return whether nothing is typed, taken or attached.
export const isBlank = (one) => !one.text && !one.command && !one.files.length;

// Change the shown draft and draw it again.
export function change(about) {
  Object.assign(draft, about);
  keep();
  emit("draft");
}

// Take the content out of the shown draft, and return it. *rest*: what stays.
export function takeOut(rest = {}) {
  const taken = { ...draft };
  change({ ...blank(), ...rest });
  return taken;
}

// Put content that could not be sent back into its draft, before what was typed since.
export function putBack(taken) {
  const target = drafts.get(keyOf(taken.person, taken.channel));
  if (isBlank(target)) Object.assign(target, taken, { reply: taken.reply ?? target.reply });
  else merge(target, taken);
  keep(target);
  if (target === draft) emit("draft");
}

function merge(target, taken) {
  const before = taken.text ? `${taken.text}\n` : "";
  const moved = target.mentions.map((one) => ({ ...one, start: one.start + before.length, end: one.end + before.length }));
  Object.assign(target, { text: before + target.text, mentions: [...taken.mentions, ...moved], files: [...taken.files, ...target.files] });
  target.command ??= taken.command;
  target.reply ??= taken.reply;
}

// Move the drafts to the ids of a sandbox that was started again. *renamed* returns the new id of an old one.
export function moveDrafts(renamed) {
  const old = [...drafts.values()];
  drafts.clear();
  for (const one of old) {
    sessionStorage.removeItem(keyOf(one.person, one.channel));
    const [person, channel] = [renamed(one.person), renamed(one.channel)];
    if (!person || !channel) continue;
    Object.assign(one, { person, channel, reply: null, mentions: [] });
    drafts.set(keyOf(person, channel), one);
    keep(one);
  }
}

// Where files come from: the picker, the clipboard, and a drop anywhere on the page.
let picksFor = null; // the attachment option that the picker was opened for

// Open the picker; *name* is the attachment option to fill.
export function pickFiles(name = null) {
  picksFor = name;
  $("files").click();
}

$("attach").addEventListener("click", () => pickFiles());
$("files").addEventListener("change", () => {
  attach([...$("files").files], picksFor);
  $("files").value = ""; // the same file can be chosen again
  picksFor = null;
});

// Dialogs have fields of their own for files. Where the composer is hidden, nothing takes them.
const inDialog = () => Boolean(document.querySelector("dialog[open]"));
const isTaking = () => Boolean(here.state && channel()) && $("composer").checkVisibility();
const optionAt = (target) => target.closest?.("[data-option]:has(.file-option)")?.dataset.option ?? null;

document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length || inDialog() || !isTaking()) return;
  event.preventDefault();
  attach(files, optionAt(document.activeElement));
});

const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && !inDialog();

function overlay(shown) {
  $("drop").hidden = !shown;
  if (shown) $("drop").textContent = say("Drop files to attach them in {channel}", { channel: label(channel()) });
}

addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = isTaking() ? "copy" : "none";
  overlay(isTaking());
});
addEventListener("dragleave", (event) => event.relatedTarget || overlay(false)); // the pointer left the window
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  overlay(false);
  if (!isTaking()) return;
  const folders = [...event.dataTransfer.items].filter((one) => one.webkitGetAsEntry?.()?.isDirectory).length;
  if (folders) notify(say("A folder cannot be attached. Drop its files instead."));
  else attach([...event.dataTransfer.files], optionAt(event.target));
});
