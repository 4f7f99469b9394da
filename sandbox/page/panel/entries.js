// Entries of the record: one line each, which opens to the whole request.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeRows, write } from "/page/panel/rows.js";
import { locale } from "/page/words/words.js";

const SHOWN = 100, MOST = 300;

// Return a reader of a part of the record: it asks for new entries and for those that were not answered yet.
export function makeReader(part) {
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
export function makeEntries(label, line) {
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
