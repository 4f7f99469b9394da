// The header: the shown channel, what is special about it, and the start of a thread.
import { $, make } from "/page/base/make.js";
import { redraw } from "/page/base/redraw.js";
import { openThread } from "/page/forms/thread.js";
import { begin } from "/page/messages/actions.js";
import { link } from "/page/places/entry.js";
import { say } from "/page/words/words.js";
import { FORUM, channel, channelOf, here, isThread, label, may, on, serverOf } from "/page/world/state.js";

function about(now) {
  return [
    now?.nsfw && say("age-restricted"),
    now?.archived && (now.locked ? say("locked") : say("archived")),
    serverOf(now)?.bot === false && say("without the bot"),
    here.state.ready ? "" : say("the bot is not connected"),
  ].filter(Boolean).join(" · ");
}

// Link to the channel that a thread belongs to.
function drawParent(now) {
  const parent = channelOf(now?.parent), line = parent ? [link(parent, "up", label(parent)),
    make("span", { "aria-hidden": "true" }, "›")] : [];
  redraw($("parent"), ...line);
}

function mayBegin(now) {
  return Boolean(now?.server) && !isThread(now) && may(now.kind === FORUM ? "SEND_MESSAGES" : "CREATE_PUBLIC_THREADS", now);
}

function draw() {
  const now = channel();
  drawParent(now);
  $("where").textContent = now ? label(now) : say("No channel");
  $("about").textContent = about(now);
  $("begin").hidden = !mayBegin(now);
  $("begin").title = $("begin").querySelector(".name").textContent = now?.kind === FORUM ? say("New post") : say("New thread");
}

function start() {
  const { id, kind } = channel(), forum = kind === FORUM;
  openThread(forum ? say("New post") : say("New thread"), (name, content, uploads) => begin({ channel: id, name, content, uploads }),
    forum);
}

$("begin").addEventListener("click", start);
$("skip").addEventListener("click", () => (channel()?.kind === FORUM ? $("posts") : $("words")).focus());
on("state", draw);
