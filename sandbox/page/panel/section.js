// The sections of the panel and their rows.
import { make, makeButton } from "/page/base/make.js";
import { ask } from "/page/base/server.js";

// Lists that are drawn again often: a row that is there stays the same element, so that focus, scroll and typed text stay.

// Show *items* in *list*. *keyOf* names an item; *makeRow* returns {node, update} for a new one; `update(item)` writes it.
export function makeRows(list, keyOf, makeRow) {
  const rows = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of rows) if (!keys.has(key)) drop(rows, key, row);
    let at = list.firstElementChild;
    for (const item of items) {
      const row = rows.get(keyOf(item)) ?? add(rows, keyOf(item), makeRow(item));
      if (row.node === at) at = at.nextElementSibling;
      else list.insertBefore(row.node, at);
      update(row, item);
    }
  };
}

function add(rows, key, row) {
  rows.set(key, row);
  return row;
}

function drop(rows, key, row) {
  rows.delete(key);
  row.node.remove();
}

function update(row, item) {
  const content = JSON.stringify(item);
  if (row.content === content) return;
  row.content = content;
  row.update(item);
}

// Write text only if it is another: a selection in it stays.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A section of the panel: it is read again only while it is open.
const OPEN = "panel-sections"; // the names of the open sections, kept for this tab
const opened = new Set(JSON.parse(sessionStorage.getItem(OPEN) ?? '["clock"]'));

function remember(name, open) {
  if (open) opened.add(name);
  else opened.delete(name);
  sessionStorage.setItem(OPEN, JSON.stringify([...opened]));
}

// Return a section. *read* brings its content up to date; `run(act)` acts, shows what is refused, and reads again.
export function makeSection(name, title, read) {
  const mark = make("span", { className: "count", hidden: true });
  const wrong = make("p", { className: "wrong small", role: "alert" });
  const body = make("div", { className: "body" }, wrong);
  let unread = false;
  const node = make("details", { id: `panel-${name}`, open: opened.has(name), ontoggle: toggle }, make("summary", {}, title, " ", mark),
    body);

  // A section that a person opens comes into sight.
  async function toggle() {
    const byPerson = node.open !== opened.has(name);
    remember(name, node.open);
    await refresh();
    const fits = node.offsetHeight < node.parentElement.clientHeight / 2;
    if (node.open && byPerson) node.scrollIntoView({ block: fits ? "nearest" : "start" });
  }

  async function refresh() {
    if (!node.open) return;
    try {
      await read();
      if (unread) show("");
    } catch (error) {
      if (error.status) show(error.message, true);
    }
  }

  // Show what went wrong; *reading*: until the section can be read again.
  function show(sentence, reading = false) {
    wrong.textContent = sentence;
    unread = reading;
  }

  async function run(act) {
    show("");
    try { await act(); } catch (error) { show(error.message); }
    await refresh();
  }

  return { name, node, body, mark, refresh, run };
}

// Return a button that calls the control port for a section. *body*: a function, so that it is read when pressed.
export function makeAct(section, label, path, body, about = {}) {
  return makeButton({ ...about, onclick: () => section.run(() => ask(path, body())) }, label);
}

// Return a field with its label above.
export function field(label, node) {
  node.setAttribute("aria-label", label); // a select would add its options to the name that it gets from the element
  return make("label", { className: "panel-field" }, make("span", {}, label), node);
}
