// The taken command in the composer: its name, its options as fields, and the options that can be added.
import { $, make, makeButton } from "/page/base/make.js";
import { distribute, emptyOption, tooManyFiles } from "/page/composer/attachments.js";
import { ATTACHMENT, asText, leafOf, readOptions } from "/page/composer/commands.js";
import { change, draft, keep, pickFiles, warn } from "/page/composer/draft.js";
import { itemsOf, makeOption, valueOf, valueOfName } from "/page/composer/option.js";
import { say } from "/page/words/words.js";
import { emit, here, localized, on } from "/page/world/state.js";

let options = []; // those that are shown, in their order
let drawn = null; // the declaration that they were drawn from
let given = null; // the command that was given back as text: the same text takes the same values again

// Take a command. *rest*: the text after its name.
export function takeCommand(leaf, rest) {
  const again = given?.text === draft.text && given.typed === leaf.typed ? inOrder(leaf, given.fields) : null;
  const values = again ? new Map(again.map((one) => [one.name, one.text])) : readOptions(leaf, rest);
  const fields = leaf.options.filter((one) => one.required || values.has(one.name)).map((one) => {
    const text = values.get(one.name) ?? "";
    return again?.find((found) => found.name === one.name) ?? { name: one.name, text, value: chosen(leaf, one, text), item: null };
  });
  const filled = distribute(leaf, fields, draft.files);
  change({ text: "", mentions: [], files: filled.files, command: { typed: leaf.typed, fields: filled.fields } });
  focusFirst();
  if (tooManyFiles()) warn(tooManyFiles());
}

// Take the command that is mentioned in a message. What is typed stays: then the person is asked to finish it first.
function takeMentioned(typed) {
  const leaf = leafOf(typed);
  if (draft.command?.typed === typed) focusFirst();
  else if (!leaf) warn(say("{command} is not offered in this channel.", { command: `/${typed}` }));
  else if (draft.command || draft.text.trim()) warn(say("Send or delete what you have typed first."));
  else takeCommand(leaf, "");
}

// Return the value of a typed text that names an item of the option's list, or null.
function chosen(leaf, declared, text) {
  return itemsOf(declared) ? valueOf(declared, { text }) ?? null : valueOfName(leaf.typed, declared.name, text);
}

// Give the command back as text, with all that is filled in. Its files are attached to the message.
function giveBack() {
  const { command, files } = draft, text = asText(command);
  const items = command.fields.map((one) => one.item).filter(Boolean);
  given = { text, typed: command.typed, fields: command.fields.map((one) => ({ ...one, item: null })) };
  change({ text, mentions: [], command: null, files: [...items, ...files] });
  emit("compose");
}

// Return the filled fields as what the call takes: {name: value}; files are attachments.
export const optionValues = () => valuesOf(options);

function valuesOf(some) {
  const values = some.map((one) => [one.declared.name, valueOf(one.declared, one.field)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

// Focus the first wrong field and return what is wrong, or "".
export function findWrong() {
  if (!drawn) return say("The bot has not offered its commands yet. Wait a moment.");
  const wrong = options.filter((one) => one.check());
  wrong[0]?.input.focus();
  return wrong.length ? `${wrong[0].name}: ${wrong[0].check()}` : tooManyFiles();
}

const inOrder = (leaf, fields) => leaf.options.map((one) => fields.find((field) => field.name === one.name)).filter(Boolean);

// Focus the first field that misses its value, else the last one.
export function focusFirst() {
  const empty = options.find((one) => one.declared.required && valueOf(one.declared, one.field) === undefined);
  focusAt(empty ?? options.at(-1));
}

function focusAt(option, atEnd = true) {
  const input = option?.input ?? $("command");
  input.focus();
  const caret = atEnd ? input.value?.length : 0;
  if (option && option.declared.type !== ATTACHMENT) input.setSelectionRange(caret, caret);
}

const form = {
  get command() { return draft.command.typed; },
  // The values of all options for a suggestion: *text* stands for the option that is typed. Files are still to be sent.
  typed(name, text) {
    return { ...valuesOf(options.filter((one) => one.declared.type !== ATTACHMENT)), [name]: text };
  },
  changed: () => keep(),
  focused: (option) => { $("hint").textContent = `${option.name}: ${option.description}`; },
  taken() {
    const empty = options.find((one) => one.declared.required && valueOf(one.declared, one.field) === undefined);
    if (empty) focusAt(empty);
  },
  pick: (name) => pickFiles(name),
  remove(option) {
    const number = options.indexOf(option), { command } = draft;
    change({ command: { ...command, fields: command.fields.filter((one) => one !== option.field) } });
    focusAt(options[Math.max(0, number - 1)]);
  },
};

function add(declared) {
  const leaf = leafOf(draft.command.typed), field = { name: declared.name, text: "", value: null, item: null };
  const fields = inOrder(leaf, [...draft.command.fields, field]);
  change({ command: { ...draft.command, fields } });
  focusAt(options.find((one) => one.declared.name === declared.name));
}

function draw() {
  const { command } = draft, leaf = command && leafOf(command.typed);
  if (command && !leaf && !isAwaited()) return withdraw();
  $("command").hidden = $("hint").hidden = !command;
  $("words").hidden = Boolean(command);
  drawn = leaf ? JSON.stringify(leaf) : null;
  options = leaf ? command.fields.map((field) => makeOption(leaf.options.find((one) => one.name === field.name), field, form)) : [];
  if (!leaf) return void $("command").replaceChildren(...(command ? [waiting(command)] : []));
  $("hint").textContent = leaf.description;
  $("command").setAttribute("aria-label", `/${leaf.name}`);
  const rest = leaf.options.filter((one) => !command.fields.some((field) => field.name === one.name));
  $("command").replaceChildren(face(leaf), ...options.map((one) => one.node), chips(rest));
}

// After a restart of the sandbox its bot registers its commands again: until then a taken command waits.
const isAwaited = () => !here.state.ready || !here.state.commands.length;

function waiting(command) {
  $("hint").textContent = say("Waiting for the bot's commands…");
  $("command").setAttribute("aria-label", `/${command.typed}`);
  return make("span", { className: "small" }, asText(command));
}

function face({ name }) {
  const title = say("Change the command back to text");
  return makeButton({ className: "taken", tabIndex: -1, title, onclick: giveBack }, `/${name}`);
}

// The options that can be added. On a phone they are one row that scrolls sideways.
const chips = (rest) => make("div", { className: "chips" }, ...rest.map(chip));

function chip(declared) {
  const title = localized(declared, "description");
  return makeButton({ className: "chip", title, onclick: () => add(declared) }, `+ ${localized(declared, "name")}`);
}

// A bot that was restarted may offer the command with other options, or no longer.
function follow() {
  if (!draft.command || draft.channel !== here.channel || draft.person !== here.person) return;
  const leaf = leafOf(draft.command.typed);
  if (leaf ? JSON.stringify(leaf) === drawn : isAwaited()) return;
  if (!leaf) return withdraw();
  if (!drawn) return arrived();
  giveBack();
  takeCommand(leaf, draft.text.slice(leaf.name.length + 1));
}

function arrived() {
  const due = [document.body, $("command")].includes(document.activeElement);
  draw();
  if (due) focusFirst();
}

function withdraw() {
  giveBack();
  warn(say("{command} is no longer offered. What you typed is kept as text.", { command: draft.text.split(" ")[0] }), { lasting: true });
}

const optionAt = (node) => options.find((one) => one.input === node);

// Handle a key for the open list of an option. Return whether the key is used up.
export const optionKey = (event) => Boolean(optionAt(event.target)?.completion?.key(event));

// Close the open list of an option. Return whether one was open.
export function closeOptionList() {
  const open = options.find((one) => one.completion?.isOpen);
  open?.completion.close();
  return Boolean(open);
}

// Handle the keys that leave a field: arrows at its edges, and Backspace at its beginning. Return whether the key is used up.
export function edgeKey(event) {
  const number = options.findIndex((one) => one.input === event.target), option = options[number], { target, key } = event;
  if (!option) return key === "Backspace" && event.target === $("command") && (giveBack(), true);
  const isText = option.declared.type !== ATTACHMENT;
  const atStart = !isText || (target.selectionStart === 0 && target.selectionEnd === 0);
  const atEnd = !isText || (target.selectionStart === target.value.length);
  if (key === "ArrowLeft" && atStart && number) return focusAt(options[number - 1]), true;
  if (key === "ArrowRight" && atEnd && number < options.length - 1) return focusAt(options[number + 1], false), true;
  return (key === "Backspace" || (key === "Delete" && !isText)) && atStart && (backAt(option, number), true);
}

function backAt(option, number) {
  const { declared, field } = option;
  if (field.item) return dropFile(option);
  if (!declared.required && !field.text) return form.remove(option);
  return number ? focusAt(options[number - 1]) : giveBack();
}

function dropFile(option) {
  emptyOption(option.field);
  focusAt(options.find((one) => one.declared.name === option.declared.name));
}

on("draft", draw);
on("command", takeMentioned);
on("state", follow);
on("filled", (field) => focusAt(options.find((one) => one.field === field)));
