// The panel, its clock and the bot's gateway sessions.
import { $, PHONE, make, makeButton } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { since } from "/page/base/time.js";
import { makeRequests, makeWan } from "/page/panel/entries.js";
import { makeFaults } from "/page/panel/faults.js";
import { makeLog } from "/page/panel/log.js";
import { makePermissions } from "/page/panel/permissions.js";
import { makeAct, makeRows, makeSection, write } from "/page/panel/section.js";
import { locale, say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

// The sandbox's clock: what time it is there, and steps forward.
function makeClock() {
  const now = make("output", { className: "time" }), ahead = make("span", { className: "small" });
  const note = make("p", { className: "small" }, say("The bot and its log stay at this computer's time."));
  const section = makeSection("clock", say("Clock"), async () => show(await ask("/clock")));

  function show(clock) {
    write(now, new Date(clock.now).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium" }));
    write(ahead, clock.ahead_s ? say("{span} ahead of this computer", { span: span(clock.ahead_s) }) : say("as on this computer"));
    note.hidden = !clock.ahead_s;
  }

  const step = (label, advance_s) => makeAct(section, label, "/clock", () => ({ advance_s }));
  section.body.prepend(make("p", {}, now, " ", ahead),
    make("div", { className: "buttons" }, step(say("+15 min"), 900), step(say("+1 h"), 3600), step(say("+1 day"), 86400)), note);
  return section;
}

// Return a span of time such as "1 day 2 hr 15 min".
function span(seconds) {
  const parts = [["day", Math.floor(seconds / 86400)], ["hour", Math.floor(seconds / 3600) % 24],
    ["minute", Math.floor(seconds / 60) % 60], ["second", Math.floor(seconds % 60)]];
  const shown = parts.filter(([, count]) => count).map(([unit, count]) => new Intl.NumberFormat(locale(),
    { style: "unit", unit, unitDisplay: "short" }).format(count));
  return shown.join(" ");
}

// Gateway sessions: see them, and interrupt one as Discord does.

// Close codes, and what a bot does after each.
const CODES = () => [
  ["4000", say("4000 unknown error: resumes")],
  ["1006", say("1006 connection lost: resumes")],
  ["1000", say("1000 normal: identifies again")],
  ["4009", say("4009 session timed out: identifies again")],
  ["4004", say("4004 authentication failed: stops")],
  ["4014", say("4014 disallowed intents: stops")],
];

function makeGateway() {
  const list = make("ul", { className: "panel-list", "aria-label": say("Gateway sessions") });
  const none = make("p", { className: "small" }, say("The bot has no session."));
  const rows = makeRows(list, (one) => one.id, (one) => makeSession(section, one));
  const section = makeSection("gateway", say("Gateway"), async () => {
    const sessions = await ask("/gateway/sessions");
    none.hidden = sessions.length > 0;
    rows(sessions.toReversed());
  });
  section.body.prepend(none, list);
  return section;
}

function makeSession(section, { id }) {
  const state = make("span"), facts = make("p", { className: "small" }), beat = make("time"), intents = make("p", { className: "small" });
  const code = make("select", { "aria-label": say("Close code") }, ...CODES().map(([value, text]) => make("option", { value }, text)));
  const act = (label, path, more = () => ({})) => makeAct(section, label, path, () => ({ session: id, ...more() }));
  const drop = act(say("Drop"), "/gateway/drop", () => ({ code: Number(code.value) })),
    reconnect = act(say("Ask for reconnect"), "/gateway/reconnect");
  const invalidate = act(say("Refuse next resume"), "/gateway/invalidate");
  const node = make("li", { className: "session" }, make("p", {}, make("code", {}, id), " ", state), facts,
    make("p", { className: "small" }, beat), intents,
    make("div", { className: "buttons" }, code, drop, reconnect, invalidate));
  const update = (one) => {
    write(state, one.connected ? say("connected") : say("not connected"));
    write(facts, [say("shard {number} of {count}", { number: one.shard[0] + 1, count: one.shard[1] }),
      say("events: {count}", { count: one.events }), one.refuses_resume && say("its next resume is refused")].filter(Boolean).join(" · "));
    write(intents, one.intents.join(", "));
    showBeat(beat, one.heartbeat_at);
    for (const button of [drop, reconnect]) button.disabled = !one.connected;
    invalidate.disabled = one.refuses_resume;
  };
  return { node, update };
}

function showBeat(node, at) {
  if (!at) return write(node, say("no heartbeat yet"));
  node.dateTime = at;
  node.dataset.since = String(Date.parse(at));
  write(node, since(Date.parse(at)));
}

// The panel at the right: closed by default, remembered for this tab, and read again only while it is open.
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
PHONE.addEventListener("change", cover); // there the drawer of the sidebar lets go of the page
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
