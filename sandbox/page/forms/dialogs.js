// Windows over the page: modals of the bot, and dialogs of the page's own.
import { make, makeButton } from "/page/base/make.js";
import { closePopup, hasClosedPopup } from "/page/base/popup.js";
import { say } from "/page/words/words.js";

let count = 0;

// Open a window, and return {dialog, close}. *rows* are elements, or rows of fields as `row` makes them. *submit* may raise an Error, which is
// shown while the window stays open. *closed* is called once, with whether it was submitted. *small*: words under the title.
export function openDialog(title, rows, submit, label, { closed = () => {}, small } = {}) {
  const before = document.activeElement, id = `dialog-${++count}`;
  const wrong = make("p", { className: "wrong", role: "alert" });
  const fields = make("div", { className: "fields" }, ...rows.map((one) => one.node ?? one));
  const go = make("button", { type: "submit" }, label);
  const form = make("form", { noValidate: true, onsubmit: send },
    make("div", { className: "title" }, make("h2", { id, dir: "auto" }, title), makeButton({ className: "plain", "aria-label": say("Close"), onclick: () => close() }, "✕")),
    small ? make("p", { className: "small" }, small) : null, fields, wrong,
    make("div", { className: "buttons" }, makeButton({ onclick: () => close() }, say("Cancel")), go));
  const dialog = make("dialog", { className: "form", "aria-labelledby": id, onclose: gone }, form);
  let sent = false, changed = false;

  async function send(event) {
    event.preventDefault();
    if (form.getAttribute("aria-busy")) return;
    const [first] = rows.map((one) => one.check?.()).filter(Boolean);
    if (first) return void first.focus();
    const ready = wait(form, fields, go);
    wrong.textContent = "";
    try {
      await submit();
      close(true);
    } catch (error) {
      wrong.textContent = error.message;
    }
    ready();
  }

  function close(done = false) {
    sent = done;
    if (dialog.open) dialog.close();
  }

  function gone() {
    closePopup();
    dialog.remove();
    for (const one of rows) one.drop?.();
    if (before?.isConnected && before !== document.body) before.focus(); // else the composer takes it
    closed(sent);
  }

  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", () => { changed = true; });
  closeOutside(dialog, () => changed, close);
  document.body.append(dialog);
  dialog.showModal();
  (fields.querySelector("input:not([hidden]), textarea, button") ?? go).focus();
  return { close, dialog };
}

// Show that the window waits. Return a function that ends this.
function wait(form, fields, go) {
  const focused = document.activeElement;
  form.setAttribute("aria-busy", "true");
  go.setAttribute("aria-disabled", "true");
  go.focus();
  fields.inert = true;
  return () => {
    form.removeAttribute("aria-busy");
    go.removeAttribute("aria-disabled");
    fields.inert = false;
    if (form.isConnected) focused.focus();
  };
}

// Close the window when the page beside it is pressed. Ask first if something was changed.
function closeOutside(dialog, changed, close) {
  dialog.addEventListener("pointerdown", async (event) => {
    if (event.target !== dialog || hasClosedPopup(event) || dialog.querySelector("[aria-busy]")) return;
    event.preventDefault();
    if (!changed() || await confirmed(say("Discard changes?"), say("What you have entered is lost."), say("Discard"))) close();
  });
}

// Ask a question, and return whether the person agreed.
export function confirmed(title, words, label) {
  return new Promise((done) => {
    openDialog(title, [make("p", { dir: "auto" }, words)], async () => {}, label, { closed: done });
  });
}

// Return a labeled row for a node.
export function labeled(label, node, small) {
  return make("label", { className: "field" }, make("span", {}, label), node, small ? make("span", { className: "small" }, small) : null);
}
