// What stands around the messages: the titles, the page's own words, and the theme.
import { $, make, redraw } from "/page/base/make.js";
import { openThread } from "/page/forms/modal.js";
import { begin } from "/page/messages/actions.js";
import { isUnread, unreadMentions } from "/page/messages/news.js";
import { link } from "/page/places/sidebar.js";
import { locale, say } from "/page/words/words.js";
import { FORUM, channel, channelOf, here, isThread, label, may, on, serverOf } from "/page/world/state.js";

// The title of the window: the shown channel and its server, with how many unread messages mention the person, or a dot for other
// unread ones.
function mark() {
  const mentions = here.state.channels.reduce((sum, one) => sum + unreadMentions(one.id), 0);
  if (mentions) return `(${mentions}) `;
  return here.state.channels.some((one) => isUnread(one.id)) ? "• " : "";
}

function drawTitle() {
  const now = channel();
  const place = [now && label(now), serverOf(now)?.name ?? "Sandbox"].filter(Boolean).join(" · ");
  document.title = `${mark()}${place}`;
}

on("state", drawTitle);
on("read", drawTitle);

// The header: the shown channel, what is special about it, and the start of a thread.
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

function drawHeader() {
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
on("state", drawHeader);

// Write the words of index.html in the person's language: elements with data-say, data-say-label and data-say-title.
const WAYS = {
  say: (node, text) => { node.textContent = text; },
  sayLabel: (node, text) => node.setAttribute("aria-label", text),
  sayTitle: (node, text) => { node.title = text; },
};
let written = null;

on("state", () => {
  if (written === locale()) return;
  written = locale();
  for (const [name, write] of Object.entries(WAYS)) {
    const attribute = `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const node of document.querySelectorAll(`[${attribute}]`)) write(node, say(node.dataset[name]));
  }
});

// The theme: the system's, light or dark. Every tab of the browser follows the choice.
export const THEMES = ["system", "light", "dark"];

const KEY = "theme";

// Return the chosen theme.
export const theme = () => (THEMES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system");

// Choose a theme, and remember it in this browser.
export function setTheme(name) {
  localStorage.setItem(KEY, name);
  show();
}

function show() {
  document.documentElement.dataset.theme = theme();
}

addEventListener("storage", show);
show();
