// One option of the taken command, as a field in the composer: its name, its value, its list and its error.
import { make, makeButton } from "/page/base/make.js";
import { thumbnail } from "/page/base/thumbnail.js";
import { ATTACHMENT, INTEGER, NUMBER, STRING } from "/page/composer/commands.js";
import { makeCompletion } from "/page/composer/completion.js";
import { fits, isFree, itemsOf, wrongWith } from "/page/composer/option_kinds.js";
import { suggestions, valueOfName } from "/page/composer/suggestions.js";
import { say } from "/page/words/words.js";
import { localized } from "/page/world/state.js";

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
