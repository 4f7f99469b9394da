// What the middle of the page shows: the messages of a channel, the posts of a forum, the gate of an age-restricted channel, or nothing.
import { $, make, makeButton } from "/page/base/make.js";
import { locale, say } from "/page/words/words.js";
import { FORUM, channel, emit, go, here, on } from "/page/world/state.js";

const KEY = "adult"; // this tab was told that age-restricted channels are wanted
let drawn = "", opened = ""; // what the gate was drawn from, and for which person and channel the view was opened
let before = null; // the last shown channel without an age restriction

const isClosed = (found) => Boolean(found?.nsfw) && sessionStorage.getItem(KEY) === null;

// Return `nothing`, `gate`, `forum` or `messages`.
function view(found) {
  if (!found) return "nothing";
  if (isClosed(found)) return "gate";
  return found?.kind === FORUM ? "forum" : "messages";
}

function enter() {
  sessionStorage.setItem(KEY, "yes");
  opened = "";
  draw();
  emit("compose");
}

// Return the channel to go back to, if there is one.
function back() {
  const open = here.state.channels.filter((one) => !one.nsfw && !one.archived);
  return open.find((one) => one.id === before) ?? open[0];
}

function gate() {
  const there = back();
  return [make("h2", {}, say("Age-restricted channel")), make("p", {},
    say("This channel is for adults. Messages here may show content that is not for everyone.")),
    make("div", { className: "buttons" }, makeButton({ className: "primary", onclick: enter }, say("Continue")),
      there ? makeButton({ onclick: () => go(there.id) }, say("Go back")) : null)];
}

function nothing() {
  return [make("h2", {}, say("You see no channel here")), make("p", {},
    say("Say hello to the bot, add a server, or act as another person."))];
}

// Focus what a view is opened for, as the composer of a channel is. Who moves by keys in the sidebar moves on, but not past a question.
function focusOpened(shown) {
  const now = `${here.person} ${here.channel}`;
  if (now === opened) return;
  opened = now;
  const moves = document.activeElement?.closest("nav :focus-visible");
  if (shown === "gate") $("gate").querySelector("button").focus();
  else if (shown === "forum" && !moves) $("posts").focus();
}

function draw() {
  const found = channel(), shown = view(found), key = `${shown} ${locale()} ${back()?.id}`;
  if (found && !found.nsfw) before = found.id;
  document.body.dataset.view = shown;
  if (key !== drawn) $("gate").replaceChildren(...({ gate, nothing }[shown]?.() ?? []));
  drawn = key;
  focusOpened(shown);
}

on("state", draw);
