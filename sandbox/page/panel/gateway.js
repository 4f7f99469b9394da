// Gateway sessions: see them, and interrupt one as Discord does.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeAct, makeSection } from "/page/panel/section.js";
import { makeRows, write } from "/page/panel/rows.js";
import { since } from "/page/base/time.js";
import { say } from "/page/words/words.js";

// Close codes, and what a bot does after each.
const CODES = () => [
  ["4000", say("4000 unknown error: resumes")],
  ["1006", say("1006 connection lost: resumes")],
  ["1000", say("1000 normal: identifies again")],
  ["4009", say("4009 session timed out: identifies again")],
  ["4004", say("4004 authentication failed: stops")],
  ["4014", say("4014 disallowed intents: stops")],
];

export function makeGateway() {
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
