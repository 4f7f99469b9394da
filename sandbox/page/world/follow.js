// Follow the world: fetch the state when it changes, and recover when the sandbox was away.
import { ask } from "/page/base/server.js";
import { setNow } from "/page/base/time.js";
import { setLocale } from "/page/words/words.js";
import { listen } from "/page/world/changes.js";
import { findPerson, remember } from "/page/world/memory.js";
import { wanted, withMessages } from "/page/world/history.js";
import { emit, here, me, on } from "/page/world/state.js";

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
