// The list of messages, its lines between them, and the focus in it.
import { $, make } from "/page/base/make.js";
import { today } from "/page/base/time.js";
import { keepOpen } from "/page/messages/markdown.js";
import { dayLine, message, withLocal } from "/page/messages/message.js";
import { isOwn, unread } from "/page/messages/news.js";
import { atFoot, hold, openAtFoot, reading } from "/page/messages/scroll.js";
import { locale, say } from "/page/words/words.js";
import { MOST_MESSAGES, channel, emit, here, label, names, on, place } from "/page/world/state.js";

// Messages by keyboard: one stop for Tab, arrows between messages, and the focus survives each redraw.
const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex]";
const log = $("log");
let stop = null; // the message that Tab reaches

const messages = () => [...log.querySelectorAll(":scope > article")];

// Return the message that an element belongs to, if it is one of the list.
export const messageOf = (node) => node.closest?.("#log > article") ?? null;

function stopAt(node) {
  if (node === stop) return;
  if (stop) stop.tabIndex = -1;
  stop = node;
  if (stop) stop.tabIndex = 0;
}

// After a draw: Tab still reaches one message, at the foot the newest one.
function setStop() {
  if (stop?.isConnected && (!atFoot() || log.contains(document.activeElement))) return;
  stopAt((stop && $(stop.id)) && !atFoot() ? $(stop.id) : messages().at(-1) ?? null);
}

// Focus a message and scroll no further than needed.
function focusMessage(node) {
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
}

// Change the list. If the focused element is drawn again, focus what took its place.
function keepFocus(change) {
  const had = document.activeElement, node = messageOf(had);
  const index = node && messages().indexOf(node);
  change();
  if (!node || document.activeElement !== document.body) return; // it stayed, or a jump has moved the focus
  const again = $(node.id);
  const found = !again ? messages()[index] ?? messages().at(-1) : had === node ? again : sameControl(had, node, again);
  found?.focus({ preventScroll: true });
}

const face = (node) => `${node.tagName} ${node.getAttribute("aria-label") ?? node.textContent}`;

// Return the control of *again* that *had* was in *node*: with the same custom id, the same name, or in the same place.
function sameControl(had, node, again) {
  const before = [...node.querySelectorAll(CONTROLS)], now = [...again.querySelectorAll(CONTROLS)];
  const { customId } = had.dataset, isSame = (one) => customId && one.dataset.customId === customId;
  const place = now[before.indexOf(had)], inPlace = place?.closest(".toolbar") ? null : place;
  const found = now.find(isSame) ?? now.find((one) => face(one) === face(had)) ?? inPlace;
  return found && !found.disabled ? found : again;
}

function move(node, key) {
  const all = messages(), at = all.indexOf(node);
  const to = { ArrowUp: all[at - 1], ArrowDown: all[at + 1], Home: all[0], End: all.at(-1) }[key];
  if (to) focusMessage(to);
  return key in { ArrowUp: 1, ArrowDown: 1, Home: 1, End: 1 };
}

log.addEventListener("focusin", (event) => {
  const node = messageOf(event.target);
  if (node) stopAt(node);
});
log.addEventListener("keydown", (event) => {
  const node = messageOf(event.target);
  if (!node || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (event.target === node) emit("compose");
    else node.focus();
  } else if (event.target !== node || !move(node, event.key)) return;
  event.preventDefault();
});

// The red line at the first unread message.
let node = null;

// Return the line's element, or null. Its data-before is the id of the message below it. *opened*: the channel was just opened.
function line(opened) {
  const first = unread()[0], last = here.state.messages.at(-1);
  if (opened) put(first);
  else if (last && isOwn(last)) put(null); // one's own message ends the line, as in Discord
  else if (first && !reading()) put(first);
  return node;
}

function put(found) {
  if (node && node.dataset.before === found?.id) return;
  node = found ? make("div", { className: "unread-line", role: "separator", "aria-label": say("New messages"), "data-before": found.id },
    make("span", { "aria-hidden": "true" }, say("New"))) : null;
}

// The messages of the shown channel: each is drawn once, and again only if what it shows has changed.

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
