// What is new: unread messages, the way to them, and what a screen reader says.
import { $, make, makeButton } from "/page/base/make.js";
import { firstWords, nameOf } from "/page/messages/message.js";
import { atFoot, fromFoot, reading, toFoot } from "/page/messages/scroll.js";
import { say } from "/page/words/words.js";
import { LOADING, emit, here, on } from "/page/world/state.js";

// What is unread, for each person in this tab. The shown channel is that of the state: `here.channel` may be ahead of it.
// What was there when a person came first counts as read.
let key = "", read = {};

// Return whether a message is newer than another one, by their ids.
const newer = (id, than) => BigInt(id) > BigInt(than ?? 0);

on("state", () => {
  const now = `read ${here.state.run} ${here.person}`;
  if (now === key) return;
  key = now;
  const kept = sessionStorage.getItem(key);
  read = kept ? JSON.parse(kept) : { ...here.state.newest };
  if (!kept) keep();
});

const keep = () => sessionStorage.setItem(key, JSON.stringify(read));

// Return whether a channel has messages of others that the person has not read.
export const isUnread = (id) => newer(here.state.newest_of_others[id] ?? 0, read[id]);

// Return how many unread messages of a channel mention the person.
export const unreadMentions = (id) => (here.state.pings[id] ?? []).filter((one) => newer(one, read[id])).length;

// Return whether the person wrote a message, or asked a bot for it.
export const isOwn = (found) => [found.author.id, found.interaction_metadata?.user?.id].includes(here.person);

const isNew = (found) => newer(found.id, read[here.state.shown]) && found.author.id !== here.person;

// Return the unread messages of the shown channel.
export const unread = () => (isUnread(here.state.shown) ? here.state.messages.filter(isNew) : []);

// Count the shown channel as read. Emit `read` if that is new.
function markRead() {
  if (!isUnread(here.state.shown)) return;
  read[here.state.shown] = here.state.newest[here.state.shown];
  keep();
  emit("read");
}

// The bar below the list while one reads older messages: how many are new, and the way down.
const FAR_PX = 1500;
let newestShown = null, shown = "";

function words() {
  const count = atFoot() ? 0 : unread().length;
  if (count) return count === 1 ? say("1 new message") : say("{count} new messages", { count });
  return !atFoot() && fromFoot() > FAR_PX ? say("You're viewing older messages") : "";
}

function draw() {
  if (reading()) markRead();
  const now = words();
  if (now === shown) return;
  shown = now;
  const button = now && makeButton({ className: "present", onclick: down }, now, make("span", {}, say("Jump to present"), " ↓"));
  $("present").replaceChildren(...(button ? [button] : []));
}

function down(event) {
  toFoot();
  draw();
  if (!event.detail) emit("compose"); // pressed by keyboard: the button is gone
}

// What one writes oneself is shown: the list goes to the foot.
function follow(opened) {
  const last = here.state.messages.at(-1);
  if (!opened && last && isOwn(last) && newer(last.id, newestShown)) toFoot();
  newestShown = last?.id ?? null;
}

on("drawn", (opened) => {
  follow(opened);
  draw();
});
on("scrolled", () => here.state && draw());
document.addEventListener("visibilitychange", () => here.state && draw());

// Tell screen readers what others write in the shown channel, and what a bot that was thinking says. Not what was there before.
const SHOWN = 300; // characters
let newestSaid = "0", thinking = new Set();

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
  const said = (found) => (newer(found.id, newestSaid) && found.author.id !== here.person) || isFinished(found);
  if (!opened) {
    const text = messages.slice(-50).filter(said).map(spoken).join("\n");
    if (text) speak(text);
  }
  newestSaid = messages.at(-1)?.id ?? newestSaid;
  thinking = new Set(messages.filter((found) => found.flags & LOADING).map((found) => found.id));
});
