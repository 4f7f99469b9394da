// Jump to a message: show it in the middle, mark it for a moment, and focus it.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { leaveFoot } from "/page/messages/scroll.js";
import { say } from "/page/words/words.js";
import { here, on } from "/page/world/state.js";

const MARKED_MS = 2500;

function center(node) {
  leaveFoot();
  node.scrollIntoView({ block: "center" });
}

function show(node) {
  center(node);
  node.focus({ preventScroll: true });
  node.classList.add("jumped");
  setTimeout(() => node.classList.remove("jumped"), MARKED_MS);
  requestAnimationFrame(() => center(node)); // messages that were never visible have their true heights only now
}

const missing = () => notify(say("That message was deleted, or you cannot see it."));

on("drawn", () => {
  if (!here.target) return;
  const node = $(`m${here.target}`);
  here.target = null;
  if (node) requestAnimationFrame(() => show(node)); // when the list and the composer are ready
  else missing();
});
on("missing", missing);
