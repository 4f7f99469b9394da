// Follow the world: ask for the state, wait for the next one, and recover when the sandbox was away.
import { ask } from "/page/base/server.js";
import { setNow } from "/page/base/time.js";
import { setLocale } from "/page/words/words.js";
import { emit, here, me, on } from "/page/world/state.js";

const RETRY_MS = 1000;
let waiting = null; // ends the request that waits for a newer state
let stale = true; // the next request must not wait
let name = null, place = null; // of the person and the channel: a new sandbox has other ids

on("place", () => {
  stale = true;
  waiting?.abort();
});

async function fetchState() {
  waiting = new AbortController();
  const after = stale ? -1 : here.state.revision;
  stale = false;
  const query = new URLSearchParams({ person: here.person, shown: here.channel, last: here.last, after });
  return ask(`/state?${query}`, undefined, waiting.signal);
}

function take(state) {
  const before = here.state;
  here.state = state;
  here.channel = state.shown;
  setNow(state.now);
  setLocale(me().locale);
  remember();
  if (before && before.run !== state.run) emit("restarted");
  emit("state", before);
}

// Keep the person and the channel in the address, so that a reload shows the same.
function remember() {
  name = me().name;
  place = here.state.channels.find((one) => one.id === here.channel)?.name;
  sessionStorage.setItem("person", here.person);
  sessionStorage.setItem("channel", here.channel ?? "");
  history.replaceState(null, "", `?${new URLSearchParams({ person: here.person, channel: here.channel ?? "" })}`);
}

// Find the person again by name after a restart, else the first one.
async function findPerson() {
  const people = await ask("/people");
  here.person = (people.find((one) => one.name === name) ?? people[0]).id;
  here.channel = place ?? here.channel;
  stale = true;
}

async function look() {
  if (!here.person) await findPerson();
  try {
    const asked = [here.person, here.channel];
    const state = await fetchState();
    if (asked[0] === here.person && (asked[1] === here.channel || asked[1] === "")) take(state);
  } catch (error) {
    if (error.status !== 404) throw error;
    await findPerson();
  }
}

// Follow until the page is closed.
export async function follow() {
  let lost = false;
  for (;;) {
    try {
      await look();
      if (lost) emit("found");
      lost = false;
    } catch (error) {
      if (error.name === "AbortError") continue;
      if (!lost) emit("lost");
      lost = stale = true;
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}
