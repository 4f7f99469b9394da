// Write the words of index.html in the person's language: elements with data-say, data-say-label and data-say-title.
import { locale, say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

const WAYS = {
  say: (node, text) => { node.textContent = text; },
  sayLabel: (node, text) => node.setAttribute("aria-label", text),
  sayTitle: (node, text) => { node.title = text; },
};
let written = null;

on("state", () => {
  if (written === locale()) return;
  written = locale();
  for (const [name, write] of Object.entries(WAYS)) {
    const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const node of document.querySelectorAll(`[${attribute}]`)) write(node, say(node.dataset[name]));
  }
});
