// The posts of a forum, those with the newest messages first.
import { $, make } from "/page/base/make.js";
import { redraw } from "/page/base/redraw.js";
import { since } from "/page/base/time.js";
import { face, nameOf } from "/page/messages/avatar.js";
import { firstWords } from "/page/messages/context.js";
import { link } from "/page/places/entry.js";
import { locale, say } from "/page/words/words.js";
import { FORUM, channel, here, on } from "/page/world/state.js";

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

function draw() {
  const shown = channel()?.kind === FORUM;
  if (!shown) return $("posts").replaceChildren();
  const posts = here.state.channels.filter((one) => one.parent === here.channel);
  posts.sort((one, other) => one.archived - other.archived || (BigInt(newest(one)) < BigInt(newest(other)) ? 1 : -1));
  redraw($("posts"), posts.length ? make("ul", {}, ...posts.map(post)) : empty());
}

on("state", draw);
