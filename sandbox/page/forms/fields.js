// The fields of modals and their rows.
import { fitting, preview, sizeText, thumbnail } from "/page/base/files.js";
import { make, makeButton } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { small, twoLines } from "/page/forms/dialogs.js";
import { limitsOf, makeSelect } from "/page/forms/select.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

// The row of a field: its label, its description, and what is wrong with it.
let rows = 0;

// Return the row of a field: {node, control, check, add?, drop?}. *field*: {node, control, group?, wrong, add?, drop?}, where
// `control` takes the focus, a `group` is a node that is labeled as a whole, and `wrong` returns a sentence or "".
// `check` marks a wrong field, and returns its control.
export function row(label, field, { description, required = false } = {}) {
  const id = `field-${++rows}`, { control, group } = field;
  const wrong = make("p", { id: `${id}-wrong`, className: "wrong small" });
  const about = description ? make("p", { id: `${id}-about`, className: "small", dir: "auto" }, description) : null;
  const star = required ? make("span", { className: "required", "aria-hidden": "true" }, "*") : null;
  const name = make(group ? "div" : "label", { id: `${id}-name`, className: "field-name", dir: "auto" }, label, star);
  control.id ||= id;
  describe(group ?? control, control, name, [about, wrong]);
  if (required) require(group ?? control);
  const node = make("div", { className: "form-field" }, name, about, field.node, wrong);
  const check = () => mark(field, wrong);
  for (const event of ["input", "change"]) node.addEventListener(event, () => wrong.textContent && check());
  return { node, control, check, add: field.add, drop: field.drop };
}

function describe(whole, control, name, texts) {
  const ids = texts.filter(Boolean).map((text) => text.id).join(" ");
  control.setAttribute("aria-describedby", ids);
  if (whole === control) return name.setAttribute("for", control.id);
  return whole.setAttribute("aria-labelledby", name.id);
}

// The roles that may say aria-required.
function require(whole) {
  if (whole.matches("input, textarea, [role=combobox], [role=radiogroup]")) whole.setAttribute("aria-required", "true");
}

function mark(field, wrong) {
  const sentence = field.wrong();
  wrong.textContent = sentence;
  field.node.classList.toggle("is-wrong", Boolean(sentence));
  if (sentence) field.control.setAttribute("aria-invalid", "true");
  else field.control.removeAttribute("aria-invalid");
  return sentence ? field.control : null;
}

const REQUIRED = () => say("This field is required.");

// Text inputs of modals: one line, or a paragraph that grows.
const MOST = 4000, MOST_NAME = 100, PARAGRAPH = 2;
const NEAR = 0.9; // of the greatest length: from there on the counter is shown

// Return a text input: {node, control, read, wrong}. Lengths are in UTF-16 units, as `maxLength` counts them.
function textField(part) {
  const least = part.min_length ?? 0, most = part.max_length ?? MOST;
  const about = { maxLength: most, placeholder: part.placeholder ?? "", value: part.value ?? "", autocomplete: "off", dir: "auto" };
  const control = part.style === PARAGRAPH ? make("textarea", { ...about, rows: 4 }) : make("input", about);
  const counter = make("span", { className: "counter small" });
  control.addEventListener("input", () => showCount(control, counter, most));
  showCount(control, counter, most);
  const node = make("div", { className: "typed" }, control, counter);
  return { node, control, read: () => control.value, wrong: () => wrong(control.value, part, least) };
}

// Return a field for the name of a place or a person: one line, which needs more than spaces. `read` returns it without outer spaces.
export function nameField() {
  const made = textField({ style: 1, max_length: MOST_NAME }), read = () => made.read().trim();
  return { ...made, read, wrong: () => (read() ? "" : REQUIRED()) };
}

function showCount(control, counter, most) {
  const used = control.value.length;
  counter.textContent = used >= most * NEAR ? `${used}/${most}` : "";
}

// Spaces alone fill a required field: Discord's clients send them as they are.
// https://github.com/discord/discord-api-docs/issues/4480 (2022-03-16)
function wrong(text, part, least) {
  if (!text) return (part.required ?? true) ? REQUIRED() : "";
  return text.length < least ? say("Must be at least {least} characters long.", { least }) : "";
}

// Radio groups, checkbox groups and checkboxes of modals.
let groups = 0;

function choice(type, name, option) {
  const input = make("input", { type, name, value: option.value, checked: option.default ?? false });
  return { input, node: make("label", { className: "field-tick" }, input, twoLines(option.label, option.description)) };
}

function ticks(part, type, role) {
  const name = `ticks-${++groups}`, choices = part.options.map((one) => choice(type, name, one));
  const node = make("div", { className: "ticks", role }, ...choices.map((one) => one.node));
  const ticked = () => choices.filter((one) => one.input.checked).map((one) => one.input.value);
  return { field: { node, group: node, control: choices[0].input }, choices, ticked };
}

// Return a radio group: {node, control, group, read, wrong}. In an optional one, the chosen option can be pressed again to clear it.
function radioField(part) {
  const required = part.required ?? true, { field, choices, ticked } = ticks(part, "radio", "radiogroup");
  if (!required) choices.forEach(clearable);
  return { ...field, read: () => ticked()[0] ?? null, wrong: () => (required && !ticked().length ? REQUIRED() : "") };
}

function clearable({ input, node }) {
  let had = false; // before the press
  node.addEventListener("pointerdown", () => { had = input.checked; });
  node.addEventListener("keydown", (event) => { had = event.key === " " && input.checked; });
  input.addEventListener("click", () => {
    if (had) Object.assign(input, { checked: false }).dispatchEvent(new Event("change", { bubbles: true }));
    had = false;
  });
}

// Return a checkbox group: {node, control, group, read, wrong}.
function checkboxesField(part) {
  const { field, choices, ticked } = ticks(part, "checkbox", "group"), required = part.required ?? true;
  const least = part.min_values ?? 1, most = part.max_values ?? part.options.length;
  const close = () => { for (const { input } of choices) input.disabled = !input.checked && ticked().length >= most; };
  field.node.addEventListener("change", close);
  close();
  return { ...field, read: ticked, wrong: () => tooFew(ticked().length, required, least) };
}

const chooseMore = (count) => say("Choose at least {count}.", { count });

// Return what is wrong with so many values, or "". *more* returns the sentence that asks for at least so many.
function tooFew(count, required, least, more = chooseMore) {
  if (!count) return required ? REQUIRED() : "";
  return count < least ? more(least) : "";
}

// Return a checkbox: {node, control, read, wrong}.
function checkboxField(part) {
  const control = make("input", { type: "checkbox", checked: part.default ?? false });
  return { node: make("div", { className: "field-tick" }, control), control, read: () => control.checked, wrong: () => "" };
}

// Files of modals and forum posts: chosen, pasted or dropped, with thumbnails.

// Return a field for files: {node, control, group, read, wrong, count, add, drop}. *part*: {min_values, max_values, required}.
// `add` takes files that were pasted or dropped anywhere in the window; `drop` frees the thumbnails.
function uploadField(part) {
  const least = part.min_values ?? 1, most = part.max_values ?? 1, required = part.required ?? true;
  const parts = draw(most), { node, control, said } = parts;
  let items = [];

  function add(files) {
    const { fit, sentences } = fitting(files, { limit: here.state.upload_limit, room: most - items.length, most });
    items = [...items, ...fit.map(newItem)];
    said.textContent = sentences.join(" ");
    changed();
  }

  function remove(item) {
    const at = items.indexOf(item);
    items = items.filter((one) => one !== item);
    item.release();
    said.textContent = "";
    changed();
    (parts.list.children[Math.min(at, items.length - 1)]?.querySelector("button") ?? control).focus();
  }

  function changed() {
    parts.list.replaceChildren(...items.map((one) => card(one, () => remove(one))));
    control.hidden = parts.hint.hidden = items.length >= most;
    node.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const drop = () => items.forEach((one) => one.release());
  const read = () => Promise.all(items.map((one) => upload(one.file)));
  parts.input.addEventListener("change", () => { add([...parts.input.files]); parts.input.value = ""; });
  const wrong = () => tooFew(items.length, required, least, addMore);
  return { node, control, group: node, add, drop, read, wrong, count: () => items.length };
}

function draw(most) {
  const input = make("input", { type: "file", multiple: most > 1, hidden: true });
  const control = makeButton({ onclick: () => input.click() }, most > 1 ? say("Choose files") : say("Choose a file"));
  const hint = small(most > 1 ? say("or paste or drop them here, up to {most}", { most }) : say("or paste or drop it here"));
  const list = make("ul", { className: "file-rows" }), said = make("p", { className: "wrong small", role: "status" });
  const node = make("div", { className: "uploads", role: "group" }, list, make("div", { className: "many" }, control, hint), input, said);
  return { input, control, hint, list, said, node };
}

// Upload the file at once; what fails is tried again at Submit.
function newItem(file) {
  upload(file).catch(() => {});
  return { file, name: file.name, ...preview(file) };
}

function card(item, remove) {
  const cross = makeButton({ className: "cross", "aria-label": say("Remove {name}", { name: item.name }), onclick: remove }, "✕");
  return make("li", {}, thumbnail(item), twoLines(item.name, sizeText(item.file.size)), cross);
}

const addMore = (count) => say("Add at least {count} files.", { count });

// The fields of modals, by the type of their component. Each has {node, control, group?, read, wrong, add?, drop?}.
// https://discord.com/developers/docs/components/reference (2026-11-24)
const CHECKBOX = 23;
const MADE = { 4: textField, 19: uploadField, 21: radioField, 22: checkboxesField, [CHECKBOX]: checkboxField };

// Return the field of a component.
export const field = (part, label) => (MADE[part.type] ?? selectField)(part, label);

// Return whether a component must be filled in.
export const isRequired = (part) => part.type !== CHECKBOX && (part.required ?? true);

function selectField(part, label) {
  const required = isRequired(part), [least] = limitsOf(part);
  const { node, read } = makeSelect(part, { label, optional: !required });
  return { node, control: node, read, wrong: () => tooFew(read().length, required, least) };
}
