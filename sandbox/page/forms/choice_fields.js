// Radio groups, checkbox groups and checkboxes of modals.
import { make } from "/page/base/make.js";
import { REQUIRED } from "/page/forms/row.js";
import { twoLines } from "/page/forms/words.js";
import { say } from "/page/words/words.js";

let count = 0;

function choice(type, name, option) {
  const input = make("input", { type, name, value: option.value, checked: option.default ?? false });
  return { input, node: make("label", { className: "field-tick" }, input, twoLines(option.label, option.description)) };
}

function ticks(part, type, role) {
  const name = `ticks-${++count}`, choices = part.options.map((one) => choice(type, name, one));
  const node = make("div", { className: "ticks", role }, ...choices.map((one) => one.node));
  const ticked = () => choices.filter((one) => one.input.checked).map((one) => one.input.value);
  return { field: { node, group: node, control: choices[0].input }, choices, ticked };
}

// Return a radio group: {node, control, group, read, wrong}. In an optional one, the chosen option can be pressed again to clear it.
export function radioField(part) {
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
export function checkboxesField(part) {
  const { field, choices, ticked } = ticks(part, "checkbox", "group"), required = part.required ?? true;
  const least = part.min_values ?? 1, most = part.max_values ?? part.options.length;
  const close = () => { for (const { input } of choices) input.disabled = !input.checked && ticked().length >= most; };
  field.node.addEventListener("change", close);
  close();
  return { ...field, read: ticked, wrong: () => tooFew(ticked().length, required, least) };
}

// Return what is wrong with so many values, or "".
export function tooFew(chosen, required, least) {
  if (!chosen) return required ? REQUIRED() : "";
  return chosen < least ? say("Choose at least {count}.", { count: least }) : "";
}

// Return a checkbox: {node, control, read, wrong}.
export function checkboxField(part) {
  const control = make("input", { type: "checkbox", checked: part.default ?? false });
  return { node: make("div", { className: "field-tick" }, control), control, read: () => control.checked, wrong: () => "" };
}
