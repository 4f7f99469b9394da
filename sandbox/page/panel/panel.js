// The panel at the right: closed by default, remembered for this tab, and read again only while it is open.
import { $, make, makeButton } from "/page/base/make.js";
import { makeClock } from "/page/panel/clock.js";
import { makeFaults } from "/page/panel/faults.js";
import { makeGateway } from "/page/panel/gateway.js";
import { makeLog } from "/page/panel/log.js";
import { makePermissions } from "/page/panel/permissions.js";
import { makeRequests } from "/page/panel/requests.js";
import { makeWan } from "/page/panel/wan.js";
import { locale, say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

const OPEN = "panel", READ_EVERY_MS = 700;
const narrow = matchMedia("(max-width: 60rem)"); // the panel lies over the page, as in panel.css
const panel = $("panel"), button = $("panel-open");
let sections = [], log = null, written = null, timer = null;

function build() {
  written = locale();
  const close = makeButton({ className: "icon", "aria-label": say("Close panel"), onclick: () => setOpen(false) }, "✕");
  const makers = [makeClock, makeFaults, makeWan, makeGateway, makePermissions, makeRequests, makeLog];
  sections = makers.map((makeOne) => makeOne());
  log = sections.at(-1);
  panel.setAttribute("aria-label", say("Panel"));
  panel.replaceChildren(make("div", { className: "panel-head" }, make("h2", {}, say("Panel")), close), ...sections.map((one) => one.node));
}

const isOpen = () => !panel.hidden;

// Open or close the panel. The focus goes into it, and back to its button.
function setOpen(open, { focus = true } = {}) {
  panel.hidden = !open;
  button.setAttribute("aria-expanded", String(open));
  sessionStorage.setItem(OPEN, open ? "open" : "");
  cover();
  clearTimeout(timer);
  if (open) readAll();
  if (focus) (open ? panel.querySelector("summary") : button).focus();
}

// Where the open panel lies over the page, the rest is out of reach, also for the keyboard and screen readers.
function cover() {
  for (const id of ["skip", "side", "room"]) $(id).inert = isOpen() && narrow.matches;
}

async function readAll() {
  clearTimeout(timer);
  if (!document.hidden) await Promise.all(sections.map((one) => Promise.all([one.refresh(), one.watch?.().catch(() => {})])));
  clearTimeout(timer);
  if (isOpen()) timer = setTimeout(readAll, READ_EVERY_MS);
}

function draw() {
  if (written === locale()) return;
  const first = written === null;
  build();
  if (first && sessionStorage.getItem(OPEN)) setOpen(true, { focus: false });
  else if (isOpen()) readAll();
}

button.addEventListener("click", () => setOpen(!isOpen()));
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault();
  setOpen(false);
});
narrow.addEventListener("change", cover);
matchMedia("(max-width: 46rem)").addEventListener("change", cover); // there the drawer of the sidebar lets go of the page
addEventListener("click", (event) => { // beside the panel, where nothing else can be pressed
  if (isOpen() && narrow.matches && event.target === document.body) setOpen(false);
});
on("state", draw);
on("restarted", () => sections.forEach((one) => one.forget?.()));
on("log", (job) => {
  if (!isOpen()) setOpen(true);
  log.showJob(job);
});
draw(); // the page loads this room after the first state
button.disabled = false;
