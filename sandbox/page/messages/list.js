// The messages of the shown channel.
import { $, make } from "/page/base/make.js";
import { dayLine } from "/page/messages/group.js";
import { withLocal } from "/page/messages/local.js";
import { message } from "/page/messages/message.js";
import { say } from "/page/words/words.js";
import { FORUM, channel, here, offered, on, place } from "/page/world/state.js";

const NEAR_END_PX = 120;
const drawn = new Map(); // by message id: what it was drawn from, and its elements

// Links are signed again for each state: leave their parameters out when comparing messages.
function article(found, before, key) {
  const content = key + JSON.stringify([found, before?.timestamp, before?.author.id, before?.flags]).replace(/\?ex=[^"]*/g, "");
  if (drawn.get(found.id)?.content !== content) drawn.set(found.id, { content, nodes: [dayLine(found, before), message(found, before)].filter(Boolean) });
  return drawn.get(found.id).nodes;
}

function hello() {
  if (channel()?.kind === FORUM) return make("article", {}, make("p", { className: "by" }, say("A forum")), make("p", {}, say("Its posts are listed below its name. Choose New post to create one.")));
  return make("article", {}, make("p", { className: "by" }, say("No messages yet")), make("p", {}, say("Type / to see the commands, mention the bot, or attach an image.")));
}

function draw() {
  const list = $("messages"), found = withLocal(here.state.messages);
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX || list.dataset.channel !== here.channel;
  const key = JSON.stringify([here.person, offered(3).map((one) => one.id), place()]);
  list.dataset.channel = here.channel;
  const nodes = found.length ? found.flatMap((one, n) => article(one, found[n - 1], key)) : [hello()];
  if (nodes.length !== list.children.length || nodes.some((node, n) => node !== list.children[n])) list.replaceChildren(...nodes);
  if (atEnd) toEnd(list);
}

function toEnd(list) {
  list.scrollTop = list.scrollHeight;
  for (const image of list.querySelectorAll("img")) {
    if (!image.complete) image.addEventListener("load", () => { list.scrollTop = list.scrollHeight; }, { once: true });
  }
}

on("state", draw);
