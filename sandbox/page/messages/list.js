// The messages of the shown channel: each is drawn once, and again only if what it shows has changed.
import { $, make } from "/page/base/make.js";
import { dayLine } from "/page/messages/group.js";
import { keepFocus, setStop } from "/page/messages/keyboard.js";
import { line } from "/page/messages/line.js";
import { withLocal } from "/page/messages/local.js";
import { message } from "/page/messages/message.js";
import { hold, openAtFoot } from "/page/messages/scroll.js";
import { keepOpen } from "/page/messages/spoiler.js";
import { today } from "/page/messages/times.js";
import { locale, say } from "/page/words/words.js";
import { MOST_MESSAGES, channel, emit, here, label, names, on, place } from "/page/world/state.js";

// What has names in it: mentions, links to messages, and selects of people, roles and channels (types 5 to 8).
const NAMING = /<[@#]|\/channels\/|"type":[5-8],/;
const LONG = 100; // messages: above that, those that are far away are not laid out
const drawn = new Map(); // by message id: what the message was drawn from, and its element
let drawnFor = ""; // the person, the language, the channel and the day

// Return the elements of a message: the line of its day, if it begins one, and the message.
function article(found, before, known, thread) {
  const key = `${before?.id} ${before?.flags} ${thread && JSON.stringify(thread)}`;
  const old = drawn.get(found.id);
  if (old?.found === found && old.key === key && (!old.names || old.names === known)) return old.nodes;
  const nodes = [dayLine(found, before), message(found, before)].filter(Boolean);
  nodes.at(-1).tabIndex = -1;
  if (old) keepOpen(old.nodes.at(-1), nodes.at(-1));
  drawn.set(found.id, { found, key, names: NAMING.test(JSON.stringify(found)) && known, nodes });
  return nodes;
}

// Draw the messages of another person, channel or day from nothing. Return whether it is another one.
function begin() {
  const now = JSON.stringify([here.person, locale(), here.channel, today()]);
  if (now === drawnFor) return false;
  const opened = JSON.parse(drawnFor || "[]");
  drawnFor = now;
  drawn.clear();
  return opened[0] !== here.person || opened[2] !== here.channel;
}

function hello() {
  return make("div", { className: "hello" }, make("p", { className: "by" }, say("No messages yet")),
    make("p", {}, say("Type / to see the commands, mention the bot, or attach an image.")));
}

// Return what stands above the first message.
function top() {
  const { older, messages } = here.state, where = channel();
  const small = (text, id) => make("p", { id, className: "small" }, text);
  if (older && messages.length >= MOST_MESSAGES) return small(say("The page shows the newest {count} messages.", { count: MOST_MESSAGES }));
  if (older) return small(say("Loading older messages…"), "older");
  return small(where?.server ? say("{channel} begins here.", { channel: label(where) }) : say("Your direct messages begin here."));
}

function wanted(opened) {
  const found = withLocal(here.state.messages), known = JSON.stringify([names(), place()]);
  if (!found.length) return [hello()];
  const gone = new Set(drawn.keys());
  found.forEach((one) => gone.delete(one.id));
  gone.forEach((id) => drawn.delete(id));
  const threads = new Map(here.state.channels.map((one) => [one.id, one])); // a thread has the id of its message
  const nodes = found.flatMap((one, n) => article(one, found[n - 1], known, threads.get(one.id)));
  const mark = line(opened), at = mark ? nodes.findIndex((node) => node.id === `m${mark.dataset.before}`) : -1;
  if (at >= 0) nodes.splice(at, 0, mark);
  return [top(), ...nodes];
}

// Make *nodes* the children of *list*. Elements that stay are not moved, so they keep their focus and state.
function reconcile(list, nodes) {
  const staying = new Set(nodes);
  for (const node of [...list.children]) if (!staying.has(node)) node.remove();
  let next = list.firstElementChild;
  for (const node of nodes) {
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }
}

function draw() {
  const opened = begin(), list = $("log");
  list.setAttribute("aria-label", channel() ? say("Messages in {channel}", { channel: label(channel()) }) : say("Messages"));
  if (opened) openAtFoot();
  const update = () => {
    reconcile(list, wanted(opened));
    list.classList.toggle("long", here.state.messages.length > LONG);
    setStop();
    emit("drawn", opened);
  };
  keepFocus(() => hold(update));
}

on("state", draw);
// At midnight "today" becomes "Yesterday".
setInterval(() => here.state?.shown === here.channel && JSON.parse(drawnFor).at(-1) !== today() && draw(), 1000);
