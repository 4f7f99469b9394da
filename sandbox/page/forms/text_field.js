// Text inputs of modals: one line, or a paragraph that grows.
import { make } from "/page/base/make.js";
import { REQUIRED } from "/page/forms/row.js";
import { say } from "/page/words/words.js";

const MOST = 4000, MOST_NAME = 100, PARAGRAPH = 2;
const NEAR = 0.9; // of the greatest length: from there on the counter is shown

// Return a text input: {node, control, read, wrong}. Lengths are in UTF-16 units, as `maxLength` counts them.
export function textField(part) {
  const least = part.min_length ?? 0, most = part.max_length ?? MOST;
  const about = { maxLength: most, placeholder: part.placeholder ?? "", value: part.value ?? "", autocomplete: "off", dir: "auto" };
  const control = part.style === PARAGRAPH ? make("textarea", { ...about, rows: 4 }) : make("input", about);
  const counter = make("span", { className: "counter small" });
  control.addEventListener("input", () => count(control, counter, most));
  count(control, counter, most);
  const node = make("div", { className: "typed" }, control, counter);
  return { node, control, read: () => control.value, wrong: () => wrong(control.value, part, least) };
}

// Return a field for the name of a place or a person: one line, which needs more than spaces. `read` returns it without outer spaces.
export function nameField() {
  const made = textField({ style: 1, max_length: MOST_NAME }), read = () => made.read().trim();
  return { ...made, read, wrong: () => (read() ? "" : REQUIRED()) };
}

function count(control, counter, most) {
  const used = control.value.length;
  counter.textContent = used >= most * NEAR ? `${used}/${most}` : "";
}

// Spaces alone fill a required field: Discord's clients send them as they are.
// https://github.com/discord/discord-api-docs/issues/4480 (2022-03-16)
function wrong(text, part, least) {
  if (!text) return (part.required ?? true) ? REQUIRED() : "";
  return text.length < least ? say("Must be at least {least} characters long.", { least }) : "";
}
