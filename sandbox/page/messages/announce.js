// Tell screen readers what others write in the shown channel, and what a bot that was thinking says. Not what was there before.
import { $ } from "/page/base/make.js";
import { nameOf } from "/page/messages/avatar.js";
import { firstWords } from "/page/messages/context.js";
import { say } from "/page/words/words.js";
import { LOADING } from "/page/world/discord.js";
import { here, on } from "/page/world/state.js";
import { newer } from "/page/world/unread.js";

const SHOWN = 300; // characters
let newest = "0", thinking = new Set();

function spoken(found) {
  const name = nameOf(found.author), words = firstWords(found).slice(0, SHOWN);
  if (found.flags & LOADING) return say("{name} is thinking…", { name });
  return words ? `${name}: ${words}` : say("{name} sent a message without text", { name });
}

// https://developer.mozilla.org/docs/Web/API/Document/ariaNotify (2026-11-29): not yet in every browser.
function speak(text) {
  if (document.ariaNotify) document.ariaNotify(text);
  else $("said").textContent = text;
}

on("drawn", (opened) => {
  const { messages } = here.state;
  const isFinished = (found) => thinking.has(found.id) && !(found.flags & LOADING);
  const said = (found) => (newer(found.id, newest) && found.author.id !== here.person) || isFinished(found);
  if (!opened) {
    const text = messages.slice(-50).filter(said).map(spoken).join("\n");
    if (text) speak(text);
  }
  newest = messages.at(-1)?.id ?? newest;
  thinking = new Set(messages.filter((found) => found.flags & LOADING).map((found) => found.id));
});
