// The messages of the shown channel that this tab has: the server sends only those that changed.
import { now } from "/page/base/time.js";
import { here } from "/page/world/state.js";

const LINKS_GOOD_MS = 12 * 3600 * 1000; // links to files end after 24 h: have all messages again before that
const NOTHING = { place: null, known: "", since: "", read_at: 0, bodies: new Map() };
let held = NOTHING;

const place = () => `${here.person} ${here.channel}`;

// Return the part of the query that says which messages are wanted, and which are already here.
export function wanted() {
  if (held.place !== place() || !held.since || now() - held.read_at > LINKS_GOOD_MS) held = NOTHING;
  const { since, known } = held;
  return { ...(since ? { since, known } : {}), ...(here.target ? { target: here.target } : {}) };
}

// Return the state with all its messages. A message that did not change is the same object as before.
export function withMessages(state) {
  const changed = new Map(state.messages.map((one) => [one.id, one]));
  const bodies = new Map(state.order.map((id) => [id, changed.get(id) ?? held.bodies.get(id)]));
  const fresh = held === NOTHING;
  held = {
    place: `${here.person} ${state.shown}`, known: `${state.run}-${state.revision}`, since: state.order[0] ?? "",
    read_at: fresh ? Date.parse(state.now) : held.read_at, bodies,
  };
  return { ...state, messages: [...bodies.values()] };
}
