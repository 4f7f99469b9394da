// What is shown in the middle: messages, posts of a forum, or the question before an age-restricted channel.
import { $, make, makeButton, redraw } from "/page/base/make.js";
import { since } from "/page/base/time.js";
import { face, firstWords, nameOf } from "/page/messages/message.js";
import { link } from "/page/places/sidebar.js";
import { locale, say } from "/page/words/words.js";
import { FORUM, channel, emit, go, here, on } from "/page/world/state.js";

// What the middle of the page shows: the messages of a channel, the posts of a forum, the gate of an age-restricted channel, or nothing.
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
  drawView();
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

function drawView() {
  const found = channel(), shown = view(found), key = `${shown} ${locale()} ${back()?.id}`;
  if (found && !found.nsfw) before = found.id;
  document.body.dataset.view = shown;
  if (key !== drawn) $("gate").replaceChildren(...({ gate, nothing }[shown]?.() ?? []));
  drawn = key;
  focusOpened(shown);
}

on("state", drawView);

// The posts of a forum, those with the newest messages first.
const DISCORD_EPOCH_MS = 1420070400000n; // https://discord.com/developers/docs/reference#snowflakes (2026-11-24)

const timeOf = (id) => Number((BigInt(id) >> 22n) + DISCORD_EPOCH_MS);
const newest = (post) => here.state.newest[post.id] ?? post.id;

// Return the address of the first image of a message, or undefined.
function imageOf(message) {
  const gallery = message.components?.flatMap((part) => [part, ...(part.components ?? [])]).find((part) => part.items);
  return message.attachments.find((file) => file.width)?.url ?? gallery?.items[0].media.url;
}

function author(first) {
  return first ? make("span", { className: "by" }, face(first.author, true), make("bdi", {}, nameOf(first.author))) : null;
}

function post(found) {
  const first = here.state.posts[found.id], image = first && imageOf(first);
  const count = found.messages === 1 ? say("1 message") : say("{count} messages", { count: found.messages ?? 0 });
  const at = timeOf(newest(found)), age = make("time", { lang: locale(), dateTime: new Date(at).toISOString() }, since(at));
  age.dataset.since = at;
  const state = found.archived ? make("span", { className: "mark" }, found.locked ? say("locked") : say("archived")) : null;
  const words = first ? firstWords(first) : say("Original message was deleted");
  return make("li", {}, link(found, "post", make("span", { className: "words" }, make("b", { className: "name" }, found.name, " "),
    author(first), make("span", { className: "first" }, words),
    make("span", { className: "small" }, count, " · ", age, " ", state)), image ? make("img", { src: image, alt: "" }) : null));
}

function empty() {
  return make("div", { className: "nothing" }, make("h2", {}, say("No posts yet")), make("p", {}, say("Choose New post to create one.")));
}

function drawPosts() {
  const shown = channel()?.kind === FORUM;
  if (!shown) return $("posts").replaceChildren();
  const posts = here.state.channels.filter((one) => one.parent === here.channel);
  posts.sort((one, other) => one.archived - other.archived || (BigInt(newest(one)) < BigInt(newest(other)) ? 1 : -1));
  redraw($("posts"), posts.length ? make("ul", {}, ...posts.map(post)) : empty());
}

on("state", drawPosts);
