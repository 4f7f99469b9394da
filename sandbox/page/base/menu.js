// Menus: the ARIA pattern of a menu. Arrows move, a letter jumps, Enter takes, Escape and Tab close.
// https://www.w3.org/WAI/ARIA/apg/patterns/menu/
import { make, makeButton } from "/page/base/make.js";
import { closePopup, openPopup } from "/page/base/popup.js";

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
