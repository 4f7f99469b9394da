// Drafts: what is typed and not sent, of each person in each channel, for as long as this tab lives.
// Files stay in memory; the rest survives a reload.
import { forgetWarning } from "/page/composer/warning.js";
import { emit } from "/page/world/state.js";

const MOST_KEPT_CHARS = 200_000; // the browser has room for some millions in a tab
const KEPT = ["text", "mentions", "command", "reply"];
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
  if (!drafts.has(key)) drafts.set(key, { ...blank(), ...JSON.parse(sessionStorage.getItem(key) ?? "{}"), person, channel });
  draft = drafts.get(key);
  emit("draft");
}

// Keep a changed draft.
export function keep(changed = draft) {
  forgetWarning();
  const key = keyOf(changed.person, changed.channel);
  const about = Object.fromEntries(KEPT.map((name) => [name, changed[name]]));
  const text = JSON.stringify(about, (name, value) => (name === "item" ? undefined : value));
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
