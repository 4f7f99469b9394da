// Windows of the page: dialogs with fields or questions.
import { make, makeButton } from "/page/base/make.js";
import { closePopup, hasClosedPopup } from "/page/base/popup.js";
import { say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

// Words beside fields and options.

// Return small words under others, or null.
export const small = (words) => (words ? make("span", { className: "small", dir: "auto" }, words) : null);

// Return a name with its description below it.
export const twoLines = (name, about) => make("span", { className: "two-lines" }, make("span", { dir: "auto" }, name), small(about));

// Files that are pasted into a window or dropped on it.
const hasFiles = (event) => event.dataTransfer.types.includes("Files");

// Give files to the row that they were dropped on or pasted into, else to the first of these *rows*. Without rows nothing takes them,
// and the browser does not leave the page to show them.
function acceptFiles(dialog, rows) {
  const give = (event, files) => (rows.find((one) => one.node.contains(event.target)) ?? rows[0])?.add([...files]);
  dialog.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    give(event, event.dataTransfer.files);
  });
  dialog.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    give(event, event.clipboardData.files);
  });
}

// Windows over the page: modals of the bot, and dialogs of the page's own.
let count = 0;

// Open a window, and return {close, warn}: `warn` shows a sentence in it. *rows* are elements, or rows of fields as `row` makes them.
// *submit* may raise an Error, which is shown while the window stays open. *closed* is called once, with whether it was submitted.
// *intro*: words under the title. *danger*: the button *label* destroys something, so that Cancel has the focus. *stays*: the window
// stays when another place is shown.
export function openDialog(title, rows, submit, label, { closed = () => {}, intro, danger = false, stays = false } = {}) {
  closePopup();
  const parts = draw(title, rows, label, intro, danger);
  parts.dialog.classList.toggle("stays", stays);
  const shown = { ...parts, rows, submit, closed, sent: false, changed: false };
  listen(shown);
  acceptFiles(shown.dialog, rows.filter((one) => one.add));
  document.body.append(shown.dialog);
  shown.dialog.showModal();
  firstField(shown, danger).focus();
  return { close: () => shown.dialog.close(), warn: (sentence) => { parts.wrong.textContent = sentence; } };
}

function draw(title, rows, label, intro, danger) {
  const id = `dialog-${++count}`;
  const wrong = make("p", { className: "wrong", role: "alert" });
  const fields = make("div", { className: "form-fields" }, ...rows.map((one) => one.node ?? one));
  const go = make("button", { type: "submit", className: danger ? "danger" : "" }, label);
  const cancel = makeButton({}, say("Cancel")), cross = makeButton({ className: "cross", "aria-label": say("Close") }, "✕");
  const form = make("form", { noValidate: true },
    make("div", { className: "form-title" }, make("h2", { id, dir: "auto" }, title), cross),
    intro ? make("p", { className: "small" }, intro) : null, fields, wrong, make("div", { className: "buttons" }, cancel, go));
  return { wrong, fields, go, cancel, cross, form, dialog: make("dialog", { className: "form", "aria-labelledby": id }, form) };
}

function firstField({ rows, fields, go, cancel }, danger) {
  return rows.find((one) => one.control)?.control ?? fields.querySelector("input, textarea") ?? (danger ? cancel : go);
}

function listen(shown) {
  const { form, dialog, cancel, cross } = shown;
  form.addEventListener("submit", (event) => send(shown, event));
  for (const button of [cancel, cross]) button.addEventListener("click", () => dialog.close());
  for (const name of ["input", "change"]) form.addEventListener(name, () => { shown.changed = true; });
  dialog.addEventListener("pointerdown", (event) => pressed(shown, event));
  dialog.addEventListener("close", () => gone(shown));
}

async function send(shown, event) {
  event.preventDefault();
  if (shown.form.ariaBusy) return;
  const [first] = shown.rows.map((one) => one.check?.()).filter(Boolean);
  if (first) return void first.focus();
  const ready = wait(shown);
  try {
    await shown.submit();
    shown.sent = true;
    shown.dialog.close();
  } catch (error) {
    shown.wrong.textContent = error.message;
  }
  ready();
}

// Show that the window waits. Return a function that ends this.
function wait({ form, fields, go, wrong }) {
  const focused = document.activeElement;
  wrong.textContent = "";
  form.ariaBusy = go.ariaDisabled = "true";
  go.focus();
  fields.inert = true;
  return () => {
    form.ariaBusy = go.ariaDisabled = null;
    fields.inert = false;
    if (form.isConnected) focused.focus();
  };
}

// Close the window when the page beside it is pressed. Ask first if something was changed: Discord's clients do not ask, and what
// was typed is lost. https://github.com/discord/discord-api-docs/issues/7677 (2025-07-11)
async function pressed({ dialog, form, changed }, event) {
  if (event.target !== dialog || hasClosedPopup(event) || form.ariaBusy) return;
  event.preventDefault();
  if (!changed || await confirmed(say("Discard changes?"), say("What you have entered is lost."), say("Discard"))) dialog.close();
}

// The browser has given the focus back already, some milliseconds ago: a person may type elsewhere by now.
function gone({ dialog, rows, closed, sent }) {
  closePopup();
  dialog.remove();
  for (const one of rows) one.drop?.();
  closed(sent);
}

// What was opened in one place does not act in another one, which has the focus then.
on("place", () => {
  closePopup();
  for (const dialog of document.querySelectorAll("dialog[open]:not(.stays)")) {
    dialog.close();
    document.activeElement.blur(); // the browser has given it back
  }
});

// Ask a question, and return whether the person agreed.
function confirmed(title, words, label) {
  return new Promise((done) => {
    openDialog(title, [make("p", { dir: "auto" }, words)], () => {}, label, { closed: done, danger: true });
  });
}

// Return a labeled row for a node.
export function labeled(label, node, about) {
  return make("label", { className: "form-field" }, make("span", {}, label), node, small(about));
}
