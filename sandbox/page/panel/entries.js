// Requests to Discord and to Wan, as lists of entries.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeRows, makeSection, write } from "/page/panel/section.js";
import { locale, say } from "/page/words/words.js";

// Entries of the record: one line each, which opens to the whole request.
const SHOWN = 100, MOST = 300;

// Return a reader of a part of the record: it asks for new entries and for those that were not answered yet.
function makeReader(part) {
  let entries = [];
  const read = async () => {
    const waiting = entries.find((one) => one.duration_ms === undefined), newest = entries.at(-1);
    const after = waiting ? waiting.number - 1 : newest?.number ?? 0;
    const found = (await ask(`/record?part=${part}&last=${MOST}&after=${after}`))[part];
    entries = [...entries.filter((one) => one.number <= after), ...found].slice(-MOST);
    return entries;
  };
  return { read, forget: () => { entries = []; } };
}

// Return a list of entries, newest first. *line* returns {title, facts: [text], problem: text or null} of an entry.
function makeEntries(label, line) {
  const node = make("ol", { className: "panel-list entries", "aria-label": label });
  const rows = makeRows(node, (one) => one.number, () => makeEntry(line));
  return { node, show: (entries) => rows(entries.toReversed().slice(0, SHOWN)) };
}

function makeEntry(line) {
  const title = make("span", { className: "title" }), facts = make("span", { className: "small" });
  const problem = make("span", { className: "wrong small" }), whole = make("pre", { tabIndex: 0 });
  const details = make("details", { ontoggle: showWhole }, make("summary", {}, title, " ", facts, " ", problem), whole),
    node = make("li", {}, details);
  let shown = null;

  function showWhole() {
    if (details.open) write(whole, JSON.stringify(shown, null, 2));
  }

  const update = (entry) => {
    const found = line(entry);
    shown = entry;
    write(title, found.title);
    write(facts, [time(entry.at), ...found.facts].filter(Boolean).join(" · "));
    write(problem, found.problem ?? "");
    node.classList.toggle("broken", Boolean(found.problem));
    showWhole();
  };
  return { node, update };
}

const time = (at) => new Date(at).toLocaleTimeString(locale(), { timeStyle: "medium" });

// The bot's requests to Discord, and whether each kept to Discord's description.
export function makeRequests() {
  const only = make("input", { type: "checkbox", onchange: () => section.refresh() });
  const note = make("p", { className: "small" }), list = makeEntries(say("Requests to Discord"), requestLine), reader = makeReader("discord");
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

function requestLine(entry) {
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

// What the local Wan was asked, what it answered, and the bill.
export function makeWan() {
  const bill = make("p", {}), none = make("p", { className: "small" }, say("Wan was asked nothing yet."));
  const list = makeEntries(say("Requests to Wan"), wanLine);
  const section = makeSection("wan", "Wan", async () => {
    const [billed, record] = await Promise.all([ask("/wan/bill"), ask("/record?part=wan&last=100")]);
    write(bill, total(billed));
    none.hidden = record.wan.length > 0;
    list.show(record.wan);
  });
  section.body.prepend(bill, none, list.node);
  return section;
}

const dollars = (microusd) => new Intl.NumberFormat(locale(),
  { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(microusd / 1e6);

const total = (bill) => say("Billed {dollars} · images: {images} · requests: {requests}", { ...bill, dollars: dollars(bill.microusd) });

function wanLine(entry) {
  const { model, parameters } = entry.body ?? {};
  return {
    title: model ?? `${entry.method} ${entry.path.replace(/^.*\/api\/v1\//, "")}`,
    facts: [
      parameters?.n && say("requested: {count}", { count: parameters.n }),
      parameters?.size,
      entry.images?.length && say("input images: {count}", { count: entry.images.length }),
      entry.status || say("waiting"),
      entry.billed ? `${say("billed: {count}", { count: entry.billed })} ${dollars(entry.billed_microusd)}` : "",
      entry.duration_ms !== undefined && `${entry.duration_ms} ms`,
    ],
    problem: [entry.code, entry.disconnected && say("disconnected"), entry.fault && say("fault {name}", { name: entry.fault })]
      .filter(Boolean).join(" · ") || null,
  };
}
