// Edit one's own message where it stands. Enter saves, Shift+Enter makes a new line, Escape cancels.
import { $, composing, make, makeButton } from "/page/base/make.js";
import { attempt, notify } from "/page/base/server.js";
import { fromContent, moved, toContent } from "/page/composer/message_field.js";
import { openRemove } from "/page/messages/actions.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS, emit, here, on } from "/page/world/state.js";

let editing = null; // {id, form, field, saving}

// Take the form out of its message, if it is still there.
function end(one) {
  if (!one || editing !== one) return;
  editing = null;
  one.form.remove();
  $(`m${one.id}`)?.classList.remove("editing");
}

// End an edit, and go back to the composer. An edit that has ended already stays ended.
function close(one) {
  if (editing !== one) return;
  end(one);
  emit("compose");
}

async function save(one, found, content) {
  if (one.saving) return;
  if (!content && !found.attachments.length) return void openRemove(found);
  one.saving = true;
  if (content === found.content || await attempt("/act/edit", { person: here.person, message: found.id, content })) close(one);
  one.saving = false;
}

// Return the key handler of the field.
const keys = (submit, cancel) => (event) => {
  if (composing(event) || !["Escape", "Enter"].includes(event.key) || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === "Escape") cancel();
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
  const { field, content } = makeField(found), one = { id: found.id, field, saving: false };
  const submit = () => save(one, found, content()), cancel = () => close(one);
  field.addEventListener("keydown", keys(submit, cancel));
  const link = (text, onclick) => makeButton({ className: "link", onclick }, text);
  const links = make("p", { className: "small" }, link(say("escape to cancel"), cancel), " • ", link(say("enter to save"), submit));
  one.form = make("form", { className: "edit" }, field, links);
  return one;
}

// Put the form into its message, also after the message was drawn again.
function place() {
  if (!editing) return;
  const node = $(`m${editing.id}`);
  if (!node) return gone(editing);
  if (!node.contains(editing.form)) put(node, editing);
}

function put(node, { form, field }) {
  const { selectionStart, selectionEnd } = field;
  node.classList.add("editing");
  node.querySelector(".said").append(form);
  fit(field);
  field.focus({ preventScroll: true });
  field.setSelectionRange(selectionStart, selectionEnd);
}

function gone(one) {
  close(one);
  notify(say("The message that you were editing was deleted."));
}

on("edit", (found) => {
  if (editing?.id === found.id) return editing.field.focus();
  end(editing);
  editing = makeForm(found);
  place();
  editing.field.setSelectionRange(MOST_CHARS, MOST_CHARS);
  return editing.form.scrollIntoView({ block: "nearest" });
});
on("drawn", place);
on("place", () => end(editing));
