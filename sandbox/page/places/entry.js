// A link to a channel, a thread or direct messages: what the sidebar lists.
import { make } from "/page/base/make.js";
import { say } from "/page/words/words.js";
import { botName, go, here, isThread, kindOf, may } from "/page/world/state.js";
import { isUnread, unreadMentions } from "/page/world/unread.js";

const SIGNS = { text: "#", forum: "▤", thread: "⌇", private: "⌇", dm: "@" };

// Return the sidebar's link to *found*. *inner*: the threads that are not listed below it.
export function entry(found, inner = []) {
  const unread = [found, ...inner].some((one) => isUnread(one.id)), mentions = unreadMentions(found.id);
  const classes = ["place", isThread(found) && "thread", found.archived && "archived", unread && "unread"].filter(Boolean).join(" ");
  const words = mentions === 1 ? say("1 mention") : say("{count} mentions", { count: mentions });
  const count = mentions ? make("span", { className: "count" }, make("span", { "aria-hidden": "true" }, mentions),
    make("span", { className: "unseen" }, words)) : null;
  return link(found, classes, name(found), unread ? make("span", { className: "unseen" }, say("unread")) : null, ...marks(found), count);
}

// Return a link to *found*. A press shows it in this tab; with Ctrl or the middle button, the browser opens another tab.
export function link(found, className, ...children) {
  const node = make("a", { className, href: address(found.id), "aria-current": found.id === here.channel ? "page" : null,
    onclick: (event) => follow(event, found.id) }, ...children);
  node.dataset.key = found.id;
  return node;
}

const address = (channel) => `?${new URLSearchParams({ person: here.person, channel })}`;

function follow(event, channel) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(channel);
}

function name(found) {
  const sign = SIGNS[kindOf(found)];
  return make("span", { className: "name" }, sign ? make("span", { className: "sign" }, sign) : null,
    make("bdi", {}, found.dm ? botName() : found.name));
}

// Return what is special about a place, in small: a person sees at once where they cannot write.
function marks(found) {
  const write = found.server === null || may(isThread(found) ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES", found);
  const facts = [
    found.nsfw && !isThread(found) && ["18+", say("Age-restricted")],
    kindOf(found) === "private" && ["", say("private")],
    found.archived && ["", found.locked ? say("locked") : say("archived")],
    !write && ["", say("read only")],
  ];
  return facts.filter(Boolean).map(([face, text]) => mark(face, text));
}

const mark = (face, text) => make("span", { className: "mark", title: face ? text : null },
  face ? make("span", { "aria-hidden": "true" }, face) : null, make("span", { className: face ? "unseen" : "" }, text));
