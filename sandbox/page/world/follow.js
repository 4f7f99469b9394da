// Follow the world, and recover when the sandbox was away.
import { $, makeButton } from "/page/base/make.js";
import { ask, forgetUploads, notify } from "/page/base/server.js";
import { now, setNow } from "/page/base/time.js";
import { say, setLocale } from "/page/words/words.js";
import { PAGE_OF_MESSAGES, channel, emit, here, label, me, on } from "/page/world/state.js";

// Hear of each change of the world. A WebSocket, because a browser leaves only six requests to a host open, over all tabs.
let socket = null;

// Listen, unless the page listens already. *heard* is called with {run, revision}, *ended* when the sandbox is away.
function listen(heard, ended) {
  if (socket) return;
  socket = new WebSocket(`ws://${location.host}/changes`);
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = () => {
    socket = null;
    ended();
  };
}

// Who the person of this tab is and what they see, for a reload, for the browser's Back, and for a sandbox with other ids.
const stored = (name) => sessionStorage.getItem(name);

// Keep the person and the channel in the tab and in the address. Another channel is a step of the browser's history.
function remember() {
  const about = { person: here.person, channel: here.channel ?? "", name: me().name, place: channel()?.name ?? "" };
  for (const [name, value] of Object.entries(about)) sessionStorage.setItem(name, value);
  const address = `?${new URLSearchParams({ person: about.person, channel: about.channel })}`;
  if (!history.state?.followed) history.replaceState({ followed: true }, "", address);
  else if (address !== location.search) history.pushState({ followed: true }, "", address);
}

// Find the person again after a restart, by id or by name, else the first one; and the remembered channel by its name.
async function findPerson() {
  const people = await ask("/people");
  const found = people.find((one) => one.id === here.person) ?? people.find((one) => one.name === stored("name")) ?? people[0];
  here.person = found.id;
  if (here.channel === stored("channel")) here.channel = stored("place") ?? "";
}

addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search);
  const about = { person: query.get("person") ?? here.person, channel: query.get("channel") ?? here.channel };
  Object.assign(here, { ...about, target: null, last: PAGE_OF_MESSAGES });
  emit("place");
});

// The messages of the shown channel that this tab has: the server sends only those that changed.
const LINKS_GOOD_MS = 12 * 3600 * 1000; // links to files end after 24 h: have all messages again before that
const NOTHING = { place: null, known: "", since: "", read_at: 0, bodies: new Map() };
let held = NOTHING;

const place = () => `${here.person} ${here.channel}`;

// Return the part of the query that says which messages are wanted, and which are already here.
function wanted() {
  if (held.place !== place() || !held.since || now() - held.read_at > LINKS_GOOD_MS) held = NOTHING;
  const { since, known } = held;
  return { ...(since ? { since, known } : {}), ...(here.target ? { target: here.target } : {}) };
}

// Return the state with all its messages. A message that did not change is the same object as before.
function withMessages(state) {
  const changed = new Map(state.messages.map((one) => [one.id, one]));
  const bodies = new Map(state.order.map((id) => [id, changed.get(id) ?? held.bodies.get(id)]));
  const fresh = held === NOTHING;
  held = {
    place: `${here.person} ${state.shown}`, known: `${state.run}-${state.revision}`, since: state.order[0] ?? "",
    read_at: fresh ? Date.parse(state.now) : held.read_at, bodies,
  };
  return { ...state, messages: [...bodies.values()] };
}

// Say when the sandbox is away, back or started again, when the bot is not connected, and when the shown channel is gone.
let isAway = false, silent = false, shown = "";

function banner(sentence, ...more) {
  if (sentence === shown) return;
  shown = sentence;
  $("banner").replaceChildren(...(sentence ? [sentence, ...more] : []));
}

function draw() {
  if (isAway) banner(say("The sandbox does not answer. What you typed stays here. Trying again…"),
    makeButton({ onclick: () => emit("retry") }, say("Try now")));
  else if (silent) banner(say("The sandbox does not answer. What you typed stays here. Trying again…"));
  else if (!here.state.ready) banner(say("The bot is not connected, so nobody answers. Wait a moment, or restart it in the panel."));
  else banner("");
}

function restarted({ kept }) {
  forgetUploads();
  notify(kept ? say("The sandbox was restarted. You are connected again.") : say("The sandbox was restarted. Earlier messages are gone."),
    { calm: true });
}

function moved(gone) {
  const there = channel();
  if (!gone) return;
  const names = { gone: label(gone), channel: there && label(there) };
  notify(there ? say("You can no longer see {gone}. This is {channel}.", names) : say("You can no longer see {gone}.", names),
    { calm: true });
}

on("lost", () => { isAway = true; draw(); });
on("found", () => { isAway = false; draw(); });
addEventListener("silent", ({ detail }) => { silent = detail; draw(); });
on("restarted", restarted);
on("moved", moved);
on("state", draw);

// Follow the world: fetch the state when it changes, and recover when the sandbox was away.
const FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 3000; // between two tries while the sandbox is away
const HIDDEN_PAUSE_MS = 1000; // between two states in a tab that nobody sees
let fetching = null; // ends the request for a state
let busy = false, again = false; // a newer state was wanted meanwhile
let lost = false, replaced = false; // the sandbox is away · it knows other ids than before
let pause_ms = FIRST_PAUSE_MS, timer = null, asked_at = 0;

async function fetchState() {
  fetching = new AbortController();
  asked_at = Date.now();
  const query = new URLSearchParams({ person: here.person, shown: here.channel, last: here.last, ...wanted() });
  return ask(`/state?${query}`, undefined, { signal: fetching.signal });
}

function take(state, asked) {
  const before = here.state;
  here.state = withMessages(state);
  here.channel = state.shown;
  setNow(state.now);
  setLocale(me().locale);
  remember();
  if (before && before.run !== state.run) emit("restarted", { kept: !replaced });
  else if (before?.me === state.me && asked !== state.shown) emit("moved", before.channels.find((one) => one.id === asked));
  replaced = false;
  emit("state", before);
}

async function look() {
  if (!here.person) await findPerson();
  const asked = [here.person, here.channel];
  try {
    const state = await fetchState();
    if (asked[0] === here.person && asked[1] === here.channel) take(state, asked[1]);
  } catch (error) {
    if (error.status !== 404) throw error;
    replaced = true;
    await findPerson();
    again = true;
  }
}

// Fetch the state. One request at a time: what is wanted meanwhile is fetched next.
async function refresh() {
  again = true;
  if (busy) return;
  busy = true;
  while (again) {
    again = false;
    try {
      await look();
      back();
    } catch (error) {
      if (error.name !== "AbortError") away();
    }
  }
  busy = false;
}

function back() {
  if (lost) emit("found");
  lost = false;
  listen(heard, later);
}

function away() {
  if (!lost) emit("lost");
  lost = true;
  later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, pause_ms);
  pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
}

function heard({ run, revision }) {
  pause_ms = FIRST_PAUSE_MS;
  if (here.state?.run === run && here.state.revision >= revision) return;
  const rest_ms = document.hidden ? asked_at + HIDDEN_PAUSE_MS - Date.now() : 0;
  clearTimeout(timer);
  if (rest_ms <= 0) refresh();
  else timer = setTimeout(refresh, rest_ms);
}

for (const event of ["place", "more"]) {
  on(event, () => {
    fetching?.abort();
    refresh();
  });
}
on("retry", refresh);
for (const event of ["online", "focus"]) addEventListener(event, () => lost && refresh());

// Show the first state, and follow until the page is closed.
export const follow = refresh;
