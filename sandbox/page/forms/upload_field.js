// Files of modals and forum posts: chosen, pasted or dropped, with thumbnails.
import { fitting } from "/page/base/files.js";
import { make, makeButton } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { sizeText } from "/page/base/size.js";
import { preview, thumbnail } from "/page/base/thumbnail.js";
import { REQUIRED } from "/page/forms/row.js";
import { small, twoLines } from "/page/forms/words.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

// Return a field for files: {node, control, group, read, wrong, count, add, drop}. *part*: {min_values, max_values, required}.
// `add` takes files that were pasted or dropped anywhere in the window; `drop` frees the thumbnails.
export function uploadField(part) {
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
  return { node, control, group: node, add, drop, read, count: () => items.length, wrong: () => tooFew(items.length, required, least) };
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

function tooFew(count, required, least) {
  if (!count) return required ? REQUIRED() : "";
  return count < least ? say("Add at least {count} files.", { count: least }) : "";
}
