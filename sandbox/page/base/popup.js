// What lies over the page: popups, menus and lists to choose from.
import { composing, make, makeButton } from "/page/base/make.js";

// Popups: one element at a time that lies over the page, such as a menu or a list. Escape and a press outside close it.
let open = null;
const used = new WeakSet(); // presses that have closed a popup

const GAP_PX = 4;

// Show *node* beside *anchor*: an element, or a point {x, y}. Return a function that closes the popup.
// *above*: prefer the place above the anchor. *sheet*: lie at the foot of the page instead, as on phones. *close*: called once when the
// popup closes. *within*: the parent, without it the dialog or landmark of the anchor.
export function openPopup(anchor, node, { above = false, sheet = false, close = () => {}, within = home(anchor) } = {}) {
  closePopup();
  const before = document.activeElement;
  open = { node, anchor, close, before, above, sheet };
  node.classList.add("popup");
  node.classList.toggle("sheet", sheet);
  within.append(node);
  if (!sheet) put(node, box(anchor), above);
  if (!sheet && anchor instanceof Element) follow(node, box(anchor));
  return () => open?.node === node && closePopup();
}

// Close the open popup, if there is one, and give the focus back if the popup had it.
export function closePopup() {
  if (!open) return;
  const { node, before, close } = open, had = node.contains(document.activeElement);
  open = null;
  node.remove();
  if (had && before?.isConnected) before.focus();
  close();
}

const home = (anchor) => (anchor instanceof Element && anchor.closest("dialog, nav, aside")) || document.querySelector("main");

// Return whether this press has closed a popup: it should do nothing else.
export const hasClosedPopup = (event) => used.has(event);

const point = ({ x, y }) => ({ left: x, right: x, top: y, bottom: y });
const box = (anchor) => (anchor instanceof Element ? anchor.getBoundingClientRect() : point(anchor));

function put(node, at, above) {
  const { width, height } = node.getBoundingClientRect();
  const under = at.bottom + GAP_PX, over = at.top - height - GAP_PX;
  const fits = above ? over >= 0 : under + height <= innerHeight;
  const top = fits === above ? over : under;
  node.style.left = `${Math.max(GAP_PX, Math.min(at.left, innerWidth - width - GAP_PX))}px`;
  node.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.preventDefault();
  event.stopPropagation();
  closePopup();
}, true);

addEventListener("pointerdown", (event) => {
  if (!open || open.node.contains(event.target)) return;
  if (open.anchor instanceof Element && open.anchor.contains(event.target)) return;
  used.add(event);
  closePopup();
}, true);

// Stay beside the anchor: messages arrive and images load while the popup is open.
function follow(node, seen) {
  if (open?.node !== node) return;
  const at = box(open.anchor);
  if (open.anchor.isConnected && (at.left !== seen.left || at.bottom !== seen.bottom)) put(node, at, open.above);
  requestAnimationFrame(() => follow(node, at));
}

// Menus: the ARIA pattern of a menu. Arrows move, a letter jumps, Enter takes, Escape and Tab close.
// https://www.w3.org/WAI/ARIA/apg/patterns/menu/

// Open a menu at *anchor*, an element or a point. *groups*: [{label?, items: [{node or text, act, checked?, lang?}]}]. An item with
// `checked` is one of a choice of its group. *options* are those of `openPopup`, and *columns* of a grid: then all four arrows move.
export function openMenu(anchor, label, groups, options = {}) {
  const menu = make("div", { role: "menu", "aria-label": label, className: "menu-list",
    onkeydown: (event) => key(menu, event, options.columns) }, ...groups.map(group));
  if (options.columns) menu.style.setProperty("--columns", options.columns);
  menu.classList.toggle("grid", Boolean(options.columns));
  if (anchor instanceof Element) anchor.setAttribute("aria-expanded", "true");
  const close = () => {
    if (anchor instanceof Element) anchor.setAttribute("aria-expanded", "false");
    options.close?.();
  };
  openPopup(anchor, menu, { ...options, close });
  (menu.querySelector("[aria-checked=true]") ?? menu.querySelector("button"))?.focus();
}

function group({ label, items }) {
  return make("div", { role: "group", "aria-label": label, className: "menu-group" },
    label ? make("p", { className: "small", "aria-hidden": "true" }, label) : null, ...items.map(entry));
}

function entry({ node, text, act, checked, lang }) {
  const choice = checked !== undefined;
  return makeButton({
    role: choice ? "menuitemradio" : "menuitem", "aria-checked": choice ? String(checked) : null, tabIndex: -1, className: "choice", lang,
    onpointermove: (event) => event.currentTarget.focus(),
    onclick: (event) => { closePopup(); act(event); },
  }, node ?? text);
}

function key(menu, event, columns = 1) {
  const items = [...menu.querySelectorAll("button")], at = items.indexOf(document.activeElement);
  const aside = columns > 1 ? { ArrowRight: at + 1, ArrowLeft: at - 1 } : {};
  const to = { ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: -1, ...aside }[event.key];
  if (event.key === "Tab") closePopup();
  if (to !== undefined) items.at(to % items.length).focus();
  else if (event.key.length === 1 && event.key !== " ") starting(items, at, event.key)?.focus();
  else return;
  event.preventDefault();
}

// Return the next item after *at* that begins with a letter.
function starting(items, at, letter) {
  const later = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return later.find((one) => one.textContent.trim().toLowerCase().startsWith(letter.toLowerCase()));
}

// A list of things to take one of, driven from the field that keeps the focus: the ARIA pattern of a combobox.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
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
