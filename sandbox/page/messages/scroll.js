// Where the list stands, older messages, and jumps to a message.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/server.js";
import { say } from "/page/words/words.js";
import { MOST_MESSAGES, PAGE_OF_MESSAGES, emit, here, on, showLast } from "/page/world/state.js";

// Where the list stands: at the foot it stays there; scrolled up, what one reads does not move.
const NEAR_PX = 48, STILL_PX = 2;
const MARKS = 12; // messages whose places are kept: some of them may be deleted
const scroller = $("messages"), log = $("log");
let foot = true, last = 0;
let kept = null; // messages that were visible after the person's last scrolling, and their places: [[id, top]]

export const atFoot = () => foot;
export const reading = () => foot && !document.hidden;
export const fromFoot = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

export function toFoot() {
  foot = true;
  scroller.scrollTop = scroller.scrollHeight;
}

// Another channel is opened: it is read from its foot.
export function openAtFoot() {
  foot = true;
}

// A message elsewhere is shown: stay there.
export function leaveFoot() {
  foot = false;
  kept = null;
}

// Return the index of the first child that reaches below the upper edge.
function firstVisible(edge) {
  let low = 0, high = log.children.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (log.children[middle].getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  return low;
}

function marks() {
  const edge = scroller.getBoundingClientRect().top, start = firstVisible(edge);
  const seen = [...log.children].slice(start, start + MARKS).filter((node) => node.id.startsWith("m"));
  return seen.map((node) => [node.id, node.getBoundingClientRect().top]);
}

// Return how far what is read has moved, in pixels.
function moved() {
  const [id, top] = kept?.find(([name]) => $(name)) ?? [];
  return id ? $(id).getBoundingClientRect().top - top : 0;
}

// Put what is read back into its place. Browsers scroll by whole pixels.
function settle() {
  if (foot) toFoot();
  else if (Math.abs(moved()) > 0.5) scroller.scrollTop = Math.round(scroller.scrollTop + moved());
}

// Change the list, and leave what is read where it is: at the foot, or at the first visible message that stays.
export function hold(change) {
  if (!foot) kept ??= marks();
  change();
  settle();
  requestAnimationFrame(settle); // messages that are drawn for the first time have their true heights only now
}

// Only a person moves up. Content that grows before this event is seen does not count as moving.
function scrolled() {
  const top = scroller.scrollTop, near = fromFoot() <= NEAR_PX;
  if (near) foot = true;
  else if (top < last) foot = false;
  last = top;
  if (foot || Math.abs(moved()) > STILL_PX) kept = null;
  emit("scrolled");
}

const grown = new ResizeObserver(() => {
  if (foot) toFoot();
  emit("scrolled");
});
grown.observe(log);
grown.observe(scroller);
scroller.addEventListener("scroll", scrolled, { passive: true });

// Load older messages when one scrolls up to them.
const OLDER_PX = 400;
let asked = "";

function look() {
  const { messages, older, order } = here.state ?? {};
  if (!older || messages.length >= MOST_MESSAGES || $("messages").scrollTop > OLDER_PX || asked === order[0]) return;
  asked = order[0]; // once for each first message
  showLast(messages.length + PAGE_OF_MESSAGES);
}

on("scrolled", look);
on("drawn", () => requestAnimationFrame(look)); // when the list stands at its place
on("place", () => { asked = ""; });

// Jump to a message: show it in the middle, mark it for a moment, and focus it.
const MARKED_MS = 2500;

function center(node) {
  leaveFoot();
  node.scrollIntoView({ block: "center" });
}

function show(node) {
  center(node);
  node.focus({ preventScroll: true });
  node.classList.add("jumped");
  setTimeout(() => node.classList.remove("jumped"), MARKED_MS);
  requestAnimationFrame(() => center(node)); // messages that were never visible have their true heights only now
}

const missing = () => notify(say("That message was deleted, or you cannot see it."));

on("drawn", () => {
  if (!here.target) return;
  const node = $(`m${here.target}`);
  here.target = null;
  if (node) requestAnimationFrame(() => show(node)); // when the list and the composer are ready
  else missing();
});
on("missing", missing);
