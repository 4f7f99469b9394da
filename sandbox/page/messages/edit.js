// Edit one's own message where it stands. Enter saves, Shift+Enter makes a new line, Escape cancels.
import { $, make, makeButton } from "/page/base/make.js";
import { attempt } from "/page/base/server.js";
import { fromContent, moved, toContent } from "/page/composer/mentions.js";
import { openRemove } from "/page/messages/remove.js";
import { say } from "/page/words/words.js";
import { emit, here, on } from "/page/world/state.js";

const MOST_CHARS = 2000;
let editing = null; // {id, form, field}

function close() {
  const node = $(`m${editing.id}`);
  editing.form.remove();
  editing = null;
  node?.classList.remove("editing");
  emit("compose");
}

async function save(found, content) {
  if (!content && !found.attachments.length) return openRemove(found);
  if (content === found.content || await attempt("/act/edit", { person: here.person, message: found.id, content })) close();
  return undefined;
}

// Return the key handler of the field: Enter calls *submit*.
const keys = (submit) => (event) => {
  if (event.isComposing || !["Escape", "Enter"].includes(event.key) || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") close();
  else submit();
};

// Grow with the text.
function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

// Return the field with the message's text. `content()` returns what is to be saved.
function makeField(found) {
  let { text, mentions } = fromContent(found.content);
  const field = make("textarea", { value: text, rows: 1, maxLength: MOST_CHARS, "aria-label": say("Edit message") });
  field.addEventListener("input", () => {
    mentions = moved(mentions, text, field.value, field.selectionEnd);
    text = field.value;
    fit(field);
  });
  return { field, content: () => toContent(text, mentions).trim() };
}

function makeForm(found) {
  const { field, content } = makeField(found), submit = () => save(found, content());
  field.addEventListener("keydown", keys(submit));
  const link = (text, onclick) => makeButton({ className: "link", onclick }, text);
  const links = make("p", { className: "small" }, link(say("escape to cancel"), close), " • ", link(say("enter to save"), submit));
  return { id: found.id, form: make("form", { className: "edit" }, field, links), field };
}

// Put the form into its message, also after the message was drawn again.
function place() {
  const node = editing && $(`m${editing.id}`);
  if (!node || node.contains(editing.form)) return;
  const { form, field } = editing, { selectionStart, selectionEnd } = field;
  node.classList.add("editing");
  node.querySelector(".said").append(form);
  fit(field);
  field.focus({ preventScroll: true });
  field.setSelectionRange(selectionStart, selectionEnd);
}

on("edit", (found) => {
  if (editing?.id === found.id) return editing.field.focus();
  if (editing) close();
  editing = makeForm(found);
  place();
  editing.field.setSelectionRange(MOST_CHARS, MOST_CHARS);
  return editing.form.scrollIntoView({ block: "nearest" });
});
on("drawn", place);
on("place", () => { editing = null; });
