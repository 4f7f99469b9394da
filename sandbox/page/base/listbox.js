// A list of things to take one of, driven from the field that keeps the focus: the ARIA pattern of a combobox.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
import { composing } from "/page/base/keys.js";
import { make } from "/page/base/make.js";

const PAGE = 8; // items
let count = 0;

// Return a list for *field*; without a field the list has the focus itself. *take* is called with the value of the taken item.
// `show` replaces the items: [{value, node or text, disabled?, checked?, group?}]; neighbors with the same *group* stand below
// its name. `key` handles a keydown, and returns whether the list used it up.
export function makeListbox(given, label, take) {
  const about = { role: "listbox", "aria-label": label, className: "listbox", tabIndex: given ? undefined : -1 };
  const list = make("div", { id: `list-${++count}`, ...about });
  const field = given ?? list;
  let items = [], rows = [], active = -1;

  function move(to) {
    rows[active]?.removeAttribute("aria-selected");
    active = items.length ? (to + items.length) % items.length : -1;
    const node = rows[active];
    node?.setAttribute("aria-selected", "true");
    node?.scrollIntoView({ block: "nearest" });
    if (node) field.setAttribute("aria-activedescendant", node.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function row(item, number) {
    return make("div", {
      id: `${list.id}-${number}`, role: "option", className: "choice", "aria-disabled": item.disabled ? "true" : null,
      "aria-checked": item.checked === undefined ? null : String(item.checked),
      onpointerdown: (event) => event.preventDefault(), // the field keeps the focus
      onclick: () => item.disabled || take(item.value),
      onpointermove: () => active === number || move(number),
    }, item.node ?? item.text);
  }

  function show(found, start = 0) {
    items = found;
    rows = items.map(row);
    list.replaceChildren(...grouped(items, rows));
    move(items.length ? start : -1);
  }

  function key(event) {
    if (!items.length || composing(event)) return false;
    const last = items.length - 1, pages = { PageDown: Math.min(active + PAGE, last), PageUp: Math.max(active - PAGE, 0) };
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, ...pages }[event.key];
    if (to !== undefined) move(to);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) { if (!items[active].disabled) take(items[active].value); }
    else return false;
    event.preventDefault();
    return true;
  }

  if (given) field.setAttribute("aria-controls", list.id);
  return {
    node: list, show, key, move,
    get size() { return items.length; },
    get index() { return active; },
    get active() { return items[active]?.value; },
  };
}

function grouped(items, rows) {
  const blocks = [];
  items.forEach(({ group }, number) => {
    if (group && items[number - 1]?.group === group) blocks.at(-1).append(rows[number]);
    else blocks.push(group ? block(group, rows[number]) : rows[number]);
  });
  return blocks;
}

function block(name, row) {
  return make("div", { role: "group", "aria-label": name }, make("div", { className: "group small", "aria-hidden": "true" }, name), row);
}
