// The bot's requests to Discord, and whether each kept to Discord's description.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeEntries, makeReader } from "/page/panel/entries.js";
import { makeSection } from "/page/panel/section.js";
import { write } from "/page/panel/rows.js";
import { say } from "/page/words/words.js";

export function makeRequests() {
  const only = make("input", { type: "checkbox", onchange: () => section.refresh() });
  const note = make("p", { className: "small" }), list = makeEntries(say("Requests to Discord"), line), reader = makeReader("discord");
  const section = makeSection("requests", say("Requests"), async () => {
    const all = await reader.read();
    const shown = only.checked ? all.filter((entry) => problem(entry)) : all;
    write(note, sentence(all, shown));
    list.show(shown);
  });
  section.body.prepend(make("label", { className: "tick" }, only, " ", say("Only problems")), note, list.node);
  return Object.assign(section, { forget: reader.forget, watch: () => watch(section.mark) });
}

// Say in the section's title, also while it is closed, how many requests and answers broke the description.
async function watch(mark) {
  const { violations } = await ask("/record?part=violations&last=1");
  const count = violations[0]?.number ?? 0;
  mark.hidden = !count;
  mark.classList.add("danger");
  mark.textContent = say("{count} broke the description", { count });
}

function sentence(all, shown) {
  const unchecked = all.some((entry) => entry.check === "no description");
  if (unchecked) return say("Not checked: start the sandbox with DISCORD_OPENAPI to compare each request with Discord's description.");
  if (!shown.length) return all.length ? say("No problems.") : say("The bot sent no requests yet.");
  return say("Each request is compared with Discord's description.");
}

const CHECKS = {
  "no description": () => say("not checked"),
  "not read": () => say("not read"),
  "no route": () => say("unknown route"),
  kept: () => say("kept"),
  broken: () => say("broken"),
};

function line(entry) {
  return {
    title: `${entry.method} ${shortPath(entry.path)}`,
    facts: [entry.status ?? say("waiting"), CHECKS[entry.check](), entry.duration_ms !== undefined && `${entry.duration_ms} ms`],
    problem: problem(entry),
  };
}

// Return a path with the ends of ids only: the whole path is in the opened entry.
const shortPath = (path) => path.replace("/api/v10", "").replace(/\d{14,}(?=\d{4})/g, "…");

function problem(entry) {
  const found = [
    entry.violation,
    entry.answer_violation && say("the sandbox's answer: {what}", { what: entry.answer_violation }),
    entry.fault && say("fault {name}", { name: entry.fault }),
    entry.status === 429 && !entry.fault && say("rate limited"),
    entry.status >= 400 && entry.status !== 429 && !entry.violation && !entry.fault && say("refused"),
  ].filter(Boolean);
  return found.join(" · ") || null;
}
