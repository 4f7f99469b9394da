// The row of a field: its label, its description, and what is wrong with it.
import { make } from "/page/base/make.js";
import { say } from "/page/words/words.js";

let count = 0;

// Return the row of a field: {node, control, check, add?, drop?}. *field*: {node, control, group?, wrong, add?, drop?}, where
// `control` takes the focus, a `group` is a node that is labeled as a whole, and `wrong` returns a sentence or "".
// `check` marks a wrong field, and returns its control.
export function row(label, field, { description, required = false } = {}) {
  const id = `field-${++count}`, { control, group } = field;
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

export const REQUIRED = () => say("This field is required.");
