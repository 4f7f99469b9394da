// The field for a message, with what completes its words.
import { $, PHONE, make } from "/page/base/make.js";
import { makeListbox } from "/page/base/popup.js";
import { takeCommand } from "/page/composer/command_form.js";
import { commandItems, restAfterName } from "/page/composer/commands.js";
import { draft, keep } from "/page/composer/draft.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS, botName, channel, here, isThread, names, offered, on, place, serverOf, silenced } from "/page/world/state.js";

// The list above the composer: commands, mentions, choices and suggestions. Only one is open at a time.
let opened = null;

// Return a completion for *field*. `offer` opens it with items, or with a sentence where there are none;
// `key` handles a keydown, and returns whether the list used it up. *take* is called with the value of the taken item.
export function makeCompletion(field, label, take) {
  const list = makeListbox(field, label, take), note = make("p", { className: "small note", role: "status" });
  list.node.tabIndex = 0; // what scrolls can have the focus, as Chromium has it without this
  const self = { offer, close, key: (event) => opened === self && list.key(event), get isOpen() { return opened === self; } };

  function offer(items, sentence = "") {
    if (!items.length && !sentence) return close();
    opened?.close();
    opened = self;
    note.textContent = sentence;
    $("completions").replaceChildren(...(items.length ? [list.node] : []), ...(sentence ? [note] : []));
    $("completions").hidden = false;
    list.show(items);
    mark(items.length > 0);
    return undefined;
  }

  function close() {
    if (opened !== self) return;
    opened = null;
    $("completions").hidden = true;
    list.show([]);
    mark(false);
  }

  // While the list is closed, the field must not point to it.
  function mark(open) {
    if (open) field.setAttribute("aria-controls", list.node.id);
    else field.removeAttribute("aria-controls");
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", String(open));
  }

  field.addEventListener("blur", close);
  mark(false);
  return self;
}

// Mentions: which parts of a text stand for a person, a role or a channel, and what completes them.
const MOST_ITEMS = 25;
const TYPED = /(?:^|[\s(])([@#])((?:[^\s@#][^\n@#]{0,31})?)$/;
const CODE_SPAN = /(```[^]*?```|`[^`\n]*`)/;
const CODE = /<@!?(\d+)>|<@&(\d+)>|<#(\d+)>/g;

// Return the mentions of a text that was changed from *before* to *after*; *caret* is where the change ended.
export function moved(mentions, before, after, caret) {
  const most = Math.min(before.length, after.length - caret);
  let end = 0, start = 0;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  while (start < Math.min(before.length, after.length) - end && before[start] === after[start]) start++;
  const stop = before.length - end, by = after.length - before.length;
  return mentions.flatMap((one) => {
    if (one.end <= start) return [one];
    return one.start >= stop ? [{ ...one, start: one.start + by, end: one.end + by }] : [];
  });
}

// Return the content of a message: completed mentions, and the bot's typed name, as Discord's codes.
export function toContent(text, mentions) {
  const bot = new RegExp(`(?<![\\w.])@${botName().replace(/\W/g, "\\$&")}(?![\\w.-]*\\w)`, "gi");
  const plain = (part) => part.split(CODE_SPAN).map((one, n) => (n % 2 ? one : one.replace(bot, `<@${here.state.bot}>`))).join("");
  let content = "", end = 0;
  for (const one of mentions) {
    content += plain(text.slice(end, one.start)) + one.code;
    end = one.end;
  }
  return content + plain(text.slice(end));
}

// Return the text and mentions of a message's content.
export function fromContent(content) {
  const known = names(), mentions = [];
  let text = "", end = 0;
  for (const found of content.matchAll(CODE)) {
    const [code, person, role, place] = found;
    const name = known.people[person] ?? known.roles[role] ?? known.channels[place];
    if (!name) continue;
    text += content.slice(end, found.index);
    const shown = `${place ? "#" : "@"}${name}`;
    mentions.push({ start: text.length, end: text.length + shown.length, code });
    text += shown;
    end = found.index + code.length;
  }
  return { text: text + content.slice(end), mentions };
}

// Return what the text before the caret asks to complete: {start, items}, or null.
function mentionsFor(before) {
  const found = TYPED.exec(before);
  if (!found) return null;
  const [, sign, query] = found, typed = query.toLowerCase();
  const fits = (sign === "@" ? targets() : channels()).filter((one) => one.name.toLowerCase().includes(typed));
  const first = (one) => (one.name.toLowerCase().startsWith(typed) ? 0 : 1);
  const items = fits.sort((a, b) => first(a) - first(b)).slice(0, MOST_ITEMS);
  return { start: before.length - query.length - 1, items: items.map((one) => ({ value: one, node: row(one) })) };
}

function row({ sign, name, small }) {
  const about = small ? make("span", { className: "small" }, small) : null;
  return make("span", { className: "offered" }, make("strong", {}, `${sign}${name}`), about && " ", about);
}

function targets() {
  const { people, roles } = place(), server = serverOf(channel()), named = roles.filter((one) => one.id !== server?.id);
  const everyone = server ? [{ sign: "@", name: "everyone", code: null, small: say("Everyone in this server") }] : [];
  return [
    ...people.map((one) => ({ sign: "@", name: one.name, code: `<@${one.id}>`, small: one.id === here.state.bot ? say("APP") : null })),
    ...named.map((one) => ({ sign: "@", name: one.name, code: `<@&${one.id}>`, small: say("Role") })),
    ...everyone,
  ];
}

function channels() {
  return place().channels.map((one) => ({ sign: "#", name: one.name, code: `<#${one.id}>`, small: isThread(one) ? say("Thread") : null }));
}

// The message field: its text, the lists of commands and mentions, and how many characters are left.
const COUNTED_CHARS = 200; // Discord counts down from 200
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
