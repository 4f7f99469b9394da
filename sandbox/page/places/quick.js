// Find a place by its name: Ctrl+K, as in Discord, or the button above the sidebar.
import { $, make } from "/page/base/make.js";
import { makeListbox } from "/page/base/listbox.js";
import { say } from "/page/words/words.js";
import { go, here, label, serverOf } from "/page/world/state.js";

const MOST = 12;

// Return the places that *typed* names, those that begin with it first.
function fitting(typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[@#]/, "");
  const rank = (found) => label(found).toLowerCase().replace(/^\W+/u, "").indexOf(wanted);
  const named = here.state.channels.map((found) => [rank(found), found]).filter(([at]) => at >= 0);
  return named.sort(([one], [other]) => Math.min(one, 1) - Math.min(other, 1)).slice(0, MOST).map(([, found]) => found);
}

function face(found) {
  const server = serverOf(found)?.name;
  return make("span", { className: "found" }, make("bdi", {}, label(found)), server ? make("span", { className: "small" }, server) : null);
}

function open() {
  if (document.querySelector("dialog[open]")) return;
  const field = make("input", { role: "combobox", "aria-expanded": "true", autocomplete: "off", "aria-label": say("Find a place"),
    placeholder: say("Find a place") });
  const dialog = make("dialog", { className: "quick", "aria-label": say("Find a place"), onclose: () => dialog.remove(),
    onclick: (event) => event.target === dialog && dialog.close() });
  const list = makeListbox(field, say("Places"), (id) => { dialog.close(); go(id); });
  const none = make("p", { className: "small", role: "status" });
  const show = () => {
    list.show(fitting(field.value).map((found) => ({ value: found.id, node: face(found) })));
    none.textContent = list.size ? "" : say("Nothing found");
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", list.key);
  dialog.append(field, list.node, none);
  document.body.append(dialog);
  dialog.showModal();
  show();
}

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  open();
});
$("find").addEventListener("click", open);
