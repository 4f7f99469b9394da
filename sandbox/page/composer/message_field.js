// The message field: its text, the lists of commands and mentions, and how many characters are left.
import { $ } from "/page/base/make.js";
import { commandItems, restAfterName } from "/page/composer/commands.js";
import { takeCommand } from "/page/composer/command_form.js";
import { makeCompletion } from "/page/composer/completion.js";
import { draft, keep } from "/page/composer/draft.js";
import { mentionsFor, moved, toContent } from "/page/composer/mentions.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS } from "/page/world/discord.js";
import { offered, on, silenced } from "/page/world/state.js";

const COUNTED_CHARS = 200; // Discord counts down from 200
const PHONE = matchMedia("(max-width: 46rem)"); // as in the style sheets
const field = $("words");
const COMMAND = /^\/[^\n]*$/;
const takeTypedLeaf = (leaf) => takeCommand(leaf, restAfterName(leaf, draft.text.slice(1)) ?? "");
const commands = makeCompletion(field, "/", takeTypedLeaf);
const mentions = makeCompletion(field, "@", takeMention);

let declined = null; // the text whose list of commands was closed with Escape
let started = false; // before the first state, letters only gather in the field

function typed() {
  if (!started) return;
  draft.mentions = moved(draft.mentions, draft.text, field.value, field.selectionEnd);
  draft.text = field.value;
  keep();
  count();
  offer();
}

// Offer what the text before the caret begins: a command at the start of the text, or a mention.
function offer() {
  const before = field.value.slice(0, field.selectionEnd), mention = mentionsFor(before);
  if (COMMAND.test(field.value)) return offerCommands();
  commands.close();
  return mention ? mentions.offer(mention.items) : mentions.close();
}

function offerCommands() {
  mentions.close();
  const items = commandItems(field.value.slice(1));
  const none = offered(1).length ? say("No command fits. Enter sends this as text.") : say("No commands are offered in this channel.");
  commands.offer(items, items.length ? "" : none);
}

function takeMention({ sign, name, code }) {
  const caret = field.selectionEnd, { start } = mentionsFor(field.value.slice(0, caret));
  write(`${sign}${name} `, start, caret);
  if (code) draft.mentions = [...draft.mentions, { start, end: start + name.length + 1, code }].sort((a, b) => a.start - b.start);
  mentions.close();
  keep();
  count();
}

// Type a sign at the caret, and open its list.
export function begin(sign) {
  const at = sign === "/" ? 0 : field.selectionEnd, space = sign === "@" && /\S$/.test(field.value.slice(0, at)) ? " " : "";
  if (sign === "/" && field.value.startsWith("/")) return void (field.focus(), offer());
  field.focus();
  write(space + sign, at, sign === "/" ? 0 : field.selectionEnd);
}

// Write into the field as a person types, so that Ctrl+Z takes it back. https://developer.mozilla.org/docs/Web/API/Document/execCommand
function write(text, start, end) {
  field.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, start, end, "end");
  typed();
}

// Handle a key for the open list. Return whether the key is used up.
export const listKey = (event) => commands.key(event) || mentions.key(event);

// Close the open list. Return whether one was open.
export function closeList() {
  const open = [commands, mentions].find((one) => one.isOpen);
  if (open === commands) declined = field.value;
  open?.close();
  return Boolean(open);
}

// Take the command that is typed, unless its list was closed with Escape. Return whether there is one.
export function takeTyped() {
  const leaf = draft.command || field.value === declined ? null : typedLeaf(field.value);
  if (leaf) takeTypedLeaf(leaf);
  return Boolean(leaf);
}

// Return the command that a text begins with, or null. In a text of more lines its name must be whole.
function typedLeaf(text) {
  const leaf = text.startsWith("/") ? commandItems(text.slice(1))[0]?.value : null;
  return leaf && (COMMAND.test(text) || restAfterName(leaf, text.slice(1)) !== null) ? leaf : null;
}

// Return the message's content as Discord counts it.
export const content = () => toContent(draft.text, draft.mentions).trim();

function count() {
  const left = MOST_CHARS - content().length;
  $("left").textContent = left <= COUNTED_CHARS ? String(left) : "";
  $("left").classList.toggle("wrong", left < 0);
  field.setAttribute("aria-invalid", String(left < 0));
}

function draw() {
  const early = !started && !draft.text && !draft.command ? field.value.trimEnd() : ""; // perhaps typed with Enter
  if (early) draft.text = early;
  started = true;
  if (field.value !== draft.text) field.value = draft.text;
  commands.close();
  mentions.close();
  count();
  explain();
  if (early) offer();
}

// Write what stands in the empty field.
function explain() {
  const why = silenced(), placeholder = why ?? (PHONE.matches ? say("Message") : say("Message, or / for commands"));
  field.classList.toggle("silenced", Boolean(why));
  field.disabled = Boolean(why) && !offered(1).length;
  if (field.placeholder !== placeholder) field.placeholder = placeholder;
}

field.addEventListener("input", typed);
field.addEventListener("click", () => commands.isOpen || mentions.isOpen || offer());
field.addEventListener("keyup", (event) => { if (event.key === "ArrowLeft" || event.key === "ArrowRight") offer(); });
on("draft", draw);
on("state", explain);
