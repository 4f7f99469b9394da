// What is hidden until a click, Enter or Space shows it.
import { make } from "/page/base/make.js";
import { say } from "/page/words/words.js";

// Return an element that hides *inner*. Until it is shown, nothing in it can be focused or read aloud.
export function spoiler(tag, inner, name = say("Spoiler")) {
  const kept = make(tag, { className: "kept", inert: true, "aria-hidden": "true" }, ...inner);
  const node = make(tag, { className: "spoiler", tabIndex: 0, role: "button", "aria-label": name, title: name }, kept);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal(node, kept);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

// Open in *node*, a message that is drawn again, the spoilers that are open in *before*.
export function keepOpen(before, node) {
  const open = new Set([...before.querySelectorAll(".spoiler.shown")].map((one) => one.textContent));
  if (!open.size) return;
  for (const one of node.querySelectorAll(".spoiler")) if (open.has(one.textContent)) reveal(one, one.firstElementChild);
}

function reveal(node, kept) {
  if (node.classList.contains("shown")) return;
  node.classList.add("shown");
  for (const name of ["role", "aria-label", "title"]) node.removeAttribute(name);
  kept.inert = false;
  kept.removeAttribute("aria-hidden");
}
