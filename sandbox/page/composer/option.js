// The options of a command as fields.
import { thumbnail } from "/page/base/files.js";
import { make, makeButton } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { ATTACHMENT, BOOLEAN, CHANNEL, INTEGER, MENTIONABLE, NUMBER, ROLE, STRING, USER } from "/page/composer/commands.js";
import { makeCompletion } from "/page/composer/message_field.js";
import { choicesOf } from "/page/forms/select.js";
import { say } from "/page/words/words.js";
import { botName, here, localized, place } from "/page/world/state.js";

// What the kinds of options take: the items to choose from, the value of a typed text, and what is wrong with it.
const OF_PLACE = { [USER]: "user", [CHANNEL]: "channel", [ROLE]: "role", [MENTIONABLE]: "mentionable" };
const MOST_CHARS = 6000; // https://discord.com/developers/docs/interactions/application-commands (2026-11-24)

const isNumber = (declared) => declared.type === INTEGER || declared.type === NUMBER;

// Return whether an option is a text that no list completes.
const isFree = (declared) => !declared.choices?.length && !declared.autocomplete && (declared.type === STRING || isNumber(declared));

// Return all items that can be chosen, [{value, text}], or null for an option that takes other values.
export function itemsOf(declared) {
  if (declared.choices?.length) return declared.choices.map((one) => ({ value: one.value, text: localized(one, "name") }));
  if (declared.type === BOOLEAN) return [{ value: true, text: say("True") }, { value: false, text: say("False") }];
  if (!OF_PLACE[declared.type]) return null;
  return choicesOf(OF_PLACE[declared.type], place(), declared.channel_types).map(([value, text]) => ({ value, text }));
}

const bare = (text) => text.trim().replace(/^[@#]/, "").toLowerCase();

// Return the items that a typed text leaves, those that begin with it first.
function fits(items, typed) {
  const word = bare(typed), first = (one) => (bare(one.text).startsWith(word) ? 0 : 1);
  return items.filter((one) => bare(one.text).includes(word)).sort((a, b) => first(a) - first(b));
}

// Return the value of a field, or undefined if it has none (yet).
export function valueOf(declared, field) {
  if (declared.type === ATTACHMENT) return field.item ?? undefined;
  if (field.value !== null && field.value !== undefined) return field.value;
  if (!field.text.trim()) return undefined;
  const items = itemsOf(declared);
  if (items) return items.find((one) => bare(one.text) === bare(field.text) || String(one.value) === field.text.trim())?.value;
  return isNumber(declared) ? numberOf(declared, field.text) : field.text;
}

function numberOf({ type }, text) {
  const number = Number(text.trim().replace(",", "."));
  return Number.isNaN(number) || (type === INTEGER && !Number.isInteger(number)) ? undefined : number;
}

// Return a sentence that says what is wrong with a field, or "".
function wrongWith(declared, field) {
  const value = valueOf(declared, field);
  if (declared.type === ATTACHMENT) return value ? "" : missing(declared, field);
  if (!field.text.trim()) return declared.required ? say("This option is required.") : "";
  if (value === undefined) return unread(declared);
  if (isNumber(declared)) return outOfRange(declared, value);
  return declared.type === STRING && !declared.choices?.length ? badLength(declared, value) : "";
}

// A file that a reload has lost is missed also where none is required: without it the command would mean something else.
function missing({ required }, { lost }) {
  if (lost) return say("Attach {name} again.", { name: lost });
  return required ? say("Attach a file.") : "";
}

function unread(declared) {
  if (!isNumber(declared)) return say("Choose one from the list.");
  return declared.type === INTEGER ? say("Enter a whole number.") : say("Enter a number.");
}

function outOfRange({ min_value: least, max_value: most }, value) {
  if (value >= (least ?? -(2 ** 53)) && value <= (most ?? 2 ** 53)) return "";
  if (most === undefined) return say("Enter a number of at least {least}.", { least });
  if (least === undefined) return say("Enter a number of at most {most}.", { most });
  return say("Enter a number from {least} to {most}.", { least, most });
}

function badLength({ min_length: least = 0, max_length: most = MOST_CHARS }, value) {
  const count = [...value].length;
  if (count < least) return say("Enter at least {least} characters, not {count}.", { least, count });
  return count > most ? say("Enter at most {most} characters, not {count}.", { most, count }) : "";
}

// Suggestions: what the bot proposes for an option while it is typed.
const ANSWER_MS = 3000; // https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-24)
const POLL_MS = 40;
const known = new Map(); // the values of suggested names, by command and option

// Return the value of a name that the bot has suggested for an option, or null.
export const valueOfName = (command, focused, name) => known.get(`${command}/${focused}`)?.get(name) ?? null;

function remember(command, focused, items) {
  const key = `${command}/${focused}`;
  if (!known.has(key)) known.set(key, new Map());
  for (const { text, value } of items) known.get(key).set(text, value);
  return items;
}

// Return the bot's suggestions as items [{value, text}]. Raises an Error with a sentence if there is no answer.
// *options*: the values typed so far; *focused*: the name of the option that is typed.
async function suggestions(command, options, focused) {
  const { interaction } = await ask("/act/autocomplete", { person: here.person, channel: here.channel, command, options, focused });
  for (const until = Date.now() + ANSWER_MS; Date.now() < until;) {
    const { choices } = await ask(`/interaction/${interaction}`);
    if (choices) return remember(command, focused, choices.map((one) => ({ value: one.value, text: localized(one, "name") })));
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  const name = botName();
  if (here.state.ready) throw new Error(say("{name} sent no suggestions in time.", { name }));
  throw new Error(say("{name} is not connected: there are no suggestions.", { name }));
}

// One option of the taken command, as a field in the composer: its name, its value, its list and its error.
const PAUSE_MS = 150; // after the last letter, before the bot is asked
const COMBOBOX = { role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false" };
let count = 0;

// Return an option: {declared, field, node, input, check}. *field* is its part of the draft. *form* has
// `command`, `typed()` (the values of all options), and is told of `changed`, `focused`, `taken`, `pick` and `remove`.
export function makeOption(declared, field, form) {
  const id = `option-${++count}`, name = localized(declared, "name"), description = localized(declared, "description");
  const wrong = make("span", { id: `${id}-wrong`, className: "wrong small" });
  const input = declared.type === ATTACHMENT ? fileInput(declared, field, form) : textInput(declared, field);
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-about ${id}-wrong`);
  const node = make("div", { className: "option", "data-option": declared.name },
    make("label", { htmlFor: id, className: "option-name", title: description }, name), input,
    removal(() => form.remove(self), name, declared),
    make("span", { id: `${id}-about`, hidden: true }, description), wrong);
  const self = { declared, field, node, input, name, description, check, completion: null };

  // Show what is wrong with the field, and return the sentence, or "".
  function check() {
    wrong.textContent = wrongWith(declared, field);
    node.classList.toggle("invalid", Boolean(wrong.textContent));
    if (declared.type !== ATTACHMENT) input.setAttribute("aria-invalid", String(Boolean(wrong.textContent)));
    return wrong.textContent;
  }

  if (declared.type !== ATTACHMENT) listen(self, form);
  input.addEventListener("focus", () => form.focused(self));
  return self;
}

function removal(onclick, name, { required }) {
  return makeButton({ className: "plain", tabIndex: -1, hidden: required, "aria-label": say("Remove {name}", { name }), onclick }, "×");
}

function textInput(declared, field) {
  const about = { value: field.text, autocomplete: "off", spellcheck: false, "aria-required": String(Boolean(declared.required)) };
  if (isFree(declared) && declared.type === STRING) return make("textarea", { ...about, rows: 1 });
  const inputMode = { [INTEGER]: "numeric", [NUMBER]: "decimal" }[declared.type];
  return make("input", { ...about, ...(isFree(declared) ? {} : COMBOBOX), inputMode });
}

// An attachment is chosen with a button, pasted or dropped.
function fileInput(declared, field, form) {
  const shown = field.item ? [thumbnail(field.item), field.item.name] : [say("Choose a file")];
  const className = field.item ? "file-option filled" : "file-option";
  const button = makeButton({ className, onclick: () => form.pick(declared.name) }, ...shown);
  button.setAttribute("aria-label", `${localized(declared, "name")}: ${field.item?.name ?? say("Choose a file")}`);
  return button;
}

function listen(self, form) {
  const { declared, field, input, node } = self;
  const completion = isFree(declared) ? null : makeCompletion(input, self.name, take);
  const offers = completion && makeOffers(self, form, completion);

  function take(item) {
    Object.assign(field, { text: item.text, value: item.value });
    input.value = item.text;
    offers.forget();
    completion.close();
    self.check();
    form.changed();
    form.taken(self);
  }

  function typed() {
    Object.assign(field, { text: input.value, value: valueOfName(form.command, declared.name, input.value) });
    if (node.classList.contains("invalid")) self.check();
    form.changed();
    offers?.show(field.text);
  }

  input.addEventListener("input", typed);
  input.addEventListener("focus", () => field.value ?? offers?.show(field.text));
  input.addEventListener("click", () => completion?.isOpen || offers?.show("")); // every item, to choose another one
  input.addEventListener("blur", () => { offers?.forget(); if (field.text.trim()) self.check(); });
  self.completion = completion;
}

// Return what fills an option's completion: `show` offers what fits a text, of the declared items or of the bot's suggestions.
// `forget` leaves aside what the bot still answers.
function makeOffers({ declared, input }, form, completion) {
  let asked = 0, timer;
  const offer = (items, none) =>
    completion.offer(items.map((item) => ({ value: item, text: item.text })), items.length ? "" : none);

  function askBot(text) {
    clearTimeout(timer);
    const mine = ++asked, current = () => mine === asked && document.activeElement === input;
    offer([], say("Loading suggestions…"));
    timer = setTimeout(async () => {
      try {
        const items = await suggestions(form.command, form.typed(declared.name, text), declared.name);
        if (current()) offer(items, say("No suggestions."));
      } catch (error) {
        if (current()) offer([], error.message);
      }
    }, PAUSE_MS);
  }

  function show(text) {
    const items = itemsOf(declared);
    if (items) offer(fits(items, text), say("Nothing fits."));
    else askBot(text);
  }

  return { show, forget() { asked++; clearTimeout(timer); } };
}
