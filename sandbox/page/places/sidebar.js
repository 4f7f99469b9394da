// The servers and channels beside the messages.
import { $, PHONE, avatar, make, makeButton, redraw } from "/page/base/make.js";
import { attempt } from "/page/base/server.js";
import { isUnread, unreadMentions } from "/page/messages/news.js";
import { addChannel, addServer } from "/page/places/switcher.js";
import { say } from "/page/words/words.js";
import { FORUM, botName, go, here, isThread, kindOf, may, on } from "/page/world/state.js";

// A link to a channel, a thread or direct messages: what the sidebar lists.
const SIGNS = { text: "#", forum: "▤", thread: "⌇", private: "⌇", dm: "@" };

// Return the sidebar's link to *found*. *inner*: the threads that are not listed below it.
function entry(found, inner = []) {
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

// The servers, channels, threads and direct messages that the person sees.
const MOST_POSTS = 3; // new posts of a forum that are listed; all posts are in the forum
const opened = new Set(); // the channels whose archived threads are listed

const under = (found) => here.state.channels.filter((one) => one.parent === found.id);

function channel(found) {
  const all = under(found), threads = found.kind === FORUM ? posts(all) : all;
  const archived = threads.filter((one) => one.archived && one.id !== here.channel);
  const listed = threads.filter((one) => !archived.includes(one) || opened.has(found.id));
  const more = archived.length ? [make("li", {}, archive(found, archived.length))] : [];
  return make("li", {}, entry(found, all.filter((one) => !listed.includes(one))),
    listed.length + more.length ? make("ul", {}, ...listed.map((one) => make("li", {}, entry(one))), ...more) : null);
}

function posts(all) {
  const fresh = all.filter((one) => isUnread(one.id)).slice(-MOST_POSTS);
  return all.filter((one) => one.id === here.channel || fresh.includes(one));
}

// Return the button that lists the archived threads of a channel, or leaves them out again.
function archive(found, count) {
  const button = makeButton({ className: "place thread archived", "aria-expanded": String(opened.has(found.id)),
    onclick: () => { toggle(found.id); draw(); } },
    say("{count} archived", { count }));
  button.dataset.key = `archive-${found.id}`;
  return button;
}

const toggle = (id) => (opened.has(id) ? opened.delete(id) : opened.add(id));

function adder(server) {
  const button = makeButton({ className: "add", title: say("Create channel"),
    "aria-label": say("Create a channel in {server}", { server: server.name }), onclick: () => addChannel(server) }, "+");
  button.dataset.key = `add-${server.id}`;
  return button;
}

function server(found) {
  const channels = here.state.channels.filter((one) => one.server === found.id && !one.parent);
  const bare = found.bot ? null : make("span", { className: "mark" }, say("no bot"));
  return section(found.id, [avatar(found.id, found.name), make("bdi", { className: "name" }, found.name), bare], channels.map(channel),
    adder(found));
}

function section(id, title, items, button = null) {
  const head = make("div", { className: "head" }, make("h2", { id: `server-${id}` }, ...title), button);
  return make("section", { "aria-labelledby": `server-${id}` }, head, make("ul", {}, ...items));
}

async function sayHello() {
  if (await attempt("/act/message", { person: here.person, channel: "dm", content: say("Hello") })) go("dm");
}

function direct() {
  const found = here.state.channels.filter((one) => one.server === null);
  const hello = makeButton({ className: "place", onclick: sayHello },
    make("span", { className: "name" }, make("span", { className: "sign" }, "@"), botName()),
    make("span", { className: "mark" }, say("say hello")));
  hello.dataset.key = "hello";
  const first = found.some((one) => one.dm) ? [] : [make("li", {}, hello)];
  return section("direct", [say("Direct messages")], [...first, ...found.map((one) => make("li", {}, entry(one)))]);
}

function draw() {
  const more = makeButton({ className: "place", onclick: addServer },
    make("span", { className: "name" }, make("span", { className: "sign" }, "+"), say("Add a server")));
  more.dataset.key = "add";
  redraw($("places"), ...here.state.servers.map(server), direct(), more);
}

// Show the next or the previous channel: Alt+ArrowDown and Alt+ArrowUp, as in Discord.
function step(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !event.altKey || event.ctrlKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const all = [...$("places").querySelectorAll("a.place")].map((one) => one.dataset.key), at = all.indexOf(here.channel);
  go(all[(at + by + all.length) % all.length]);
}

// Arrows move between the places; Home and End lead to the first and the last.
function move(event) {
  if (event.altKey) return;
  const all = [...$("places").querySelectorAll(".place")], at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  all[Math.min(Math.max(to, 0), all.length - 1)].focus();
}

$("places").addEventListener("keydown", move);
addEventListener("keydown", step);
on("state", draw);
on("read", draw);

// The sidebar on a narrow screen: a drawer over the page. A choice, Escape and a press beside it close it.
const isOpen = () => document.body.classList.contains("drawer");

function set(open) {
  document.body.classList.toggle("drawer", open);
  $("open").setAttribute("aria-expanded", String(open));
  $("room").inert = open;
}

function show() {
  set(true);
  ($("places").querySelector("[aria-current]") ?? $("me")).focus();
}

function close() {
  if (!isOpen()) return;
  set(false);
  $("open").focus();
}

$("open").addEventListener("click", show);
$("scrim").addEventListener("click", close);
$("side").addEventListener("keydown", (event) => event.key === "Escape" && close());
PHONE.addEventListener("change", () => set(false));
on("place", close);
