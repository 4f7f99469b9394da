// Files of modals and forum posts: chosen, pasted or dropped, with thumbnails.
import { make, makeButton } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { REQUIRED } from "/page/forms/row.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

const MIB = 1024 * 1024;

// Return a field for files: {node, control, group, read, wrong, count, add, drop}. *part*: {min_values, max_values, required}.
// `add` takes files that were pasted or dropped anywhere in the window; `drop` frees the thumbnails.
export function uploadField(part) {
  const required = part.required ?? true, least = part.min_values ?? 1, most = part.max_values ?? 1;
  let chosen = [], refused = "";
  const input = make("input", { type: "file", multiple: most > 1, hidden: true, onchange: () => { add([...input.files]); input.value = ""; } });
  const list = make("ul", { className: "files" });
  const control = makeButton({ onclick: () => input.click() }, say("Choose files"));
  const hint = make("span", { className: "small" }, most > 1 ? say("or paste or drop them here, up to {most}", { most }) : say("or paste or drop one here"));
  const said = make("p", { className: "wrong small", role: "status" });
  const node = make("div", { className: "uploads", role: "group" }, list, make("div", { className: "many" }, control, hint), input, said);

  function add(files) {
    const [fit, large] = [files.filter((one) => one.size <= limit()), files.find((one) => one.size > limit())];
    const room = fit.slice(0, most - chosen.length);
    chosen = [...chosen, ...room.map((file) => ({ file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null }))];
    refused = large ? say("{name} is larger than {size} MB.", { name: large.name, size: Math.floor(limit() / MIB) }) : "";
    if (fit.length > room.length) refused = say("At most {most} files fit here.", { most });
    draw();
  }

  function remove(one) {
    const at = chosen.indexOf(one);
    chosen = chosen.filter((other) => other !== one);
    if (one.url) URL.revokeObjectURL(one.url);
    refused = "";
    draw();
    (list.children[Math.min(at, chosen.length - 1)]?.querySelector("button") ?? control).focus();
  }

  function draw() {
    list.replaceChildren(...chosen.map((one) => item(one, () => remove(one))));
    said.textContent = refused;
    control.hidden = hint.hidden = chosen.length >= most;
    node.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const wrong = () => {
    if (!chosen.length) return required ? REQUIRED() : "";
    return chosen.length < least ? say("Add at least {count} files.", { count: least }) : "";
  };
  const drop = () => chosen.forEach((one) => one.url && URL.revokeObjectURL(one.url));
  draw();
  return { node, control, group: node, add, drop, wrong, count: () => chosen.length, read: () => Promise.all(chosen.map((one) => upload(one.file))) };
}

const limit = () => here.state.upload_limit; // of this person, in bytes for each file

function item({ file, url }, remove) {
  const face = url ? make("img", { src: url, alt: "", className: "thumb" }) : make("span", { className: "thumb", "aria-hidden": "true" }, extension(file.name));
  const words = make("span", { className: "words" }, make("span", { dir: "auto" }, file.name), make("span", { className: "small" }, sized(file.size)));
  return make("li", {}, face, words, makeButton({ className: "plain", "aria-label": say("Remove {name}", { name: file.name }), onclick: remove }, "✕"));
}

const extension = (name) => /\.(\w{1,5})$/.exec(name)?.[1].toUpperCase() ?? "?";

function sized(bytes) {
  return bytes < MIB ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / MIB).toFixed(1)} MB`;
}
