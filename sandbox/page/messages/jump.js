// Jump to a message: show it in the middle, mark it for a moment, and focus it.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { say } from "/page/words/words.js";
import { here, on } from "/page/world/state.js";

const MARKED_MS = 2500;

function show(node) {
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "center" });
  node.classList.add("jumped");
  setTimeout(() => node.classList.remove("jumped"), MARKED_MS);
  // Messages that were never visible get their true heights only now.
  requestAnimationFrame(() => requestAnimationFrame(() => node.scrollIntoView({ block: "center" })));
}

const missing = () => notify(say("That message was deleted, or you cannot see it."));

on("drawn", () => {
  if (!here.target) return;
  const node = $(`m${here.target}`);
  here.target = null;
  if (node) show(node);
  else missing();
});
on("missing", missing);
