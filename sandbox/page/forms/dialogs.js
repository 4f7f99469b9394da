// Dialogs of the page's own.
import { $, make, makeButton } from "/page/base/make.js";
import { say } from "/page/words/words.js";

// Open a dialog with *rows*. *submit* may raise an Error, which is shown; *cancel* is called when the dialog is closed without it.
export function openDialog(title, rows, submit, label, cancel = () => {}) {
  const wrong = make("p", { className: "wrong small", role: "alert" }), dialog = $("dialog");
  let done = false;
  const send = async (event) => {
    event.preventDefault();
    try { await submit(); } catch (error) { wrong.textContent = error.message; return; }
    done = true;
    dialog.close();
  };
  const form = make("form", { onsubmit: send }, make("h2", {}, title), ...rows, wrong,
    make("div", { className: "buttons" }, make("button", { type: "submit" }, label), makeButton({ onclick: () => dialog.close() }, say("Cancel"))));
  dialog.replaceChildren(form);
  dialog.onclose = () => done || cancel();
  if (!dialog.open) dialog.showModal();
  form.querySelector("input,textarea,select")?.focus();
}

// Close the dialog of the page, if one is open.
export const closeDialog = () => $("dialog").open && $("dialog").close();

// Return a labeled row for a field.
export function labeled(label, node, small) {
  const tag = node.className === "ticks" ? "fieldset" : "label";
  return make(tag, { className: "field" }, make(tag === "label" ? "span" : "legend", {}, label), node, small ? make("span", { className: "small" }, small) : null);
}

// Ask for the name of a thread, and for the first message of a forum post.
export function openThread(title, begin, withMessage = false) {
  const name = make("input", { required: true, maxLength: 100 }), content = make("textarea", { required: true, rows: 3 });
  openDialog(title, [labeled(say("Name"), name), ...(withMessage ? [labeled(say("First message"), content)] : [])], () => begin(name.value, content.value), say("Create"));
}
