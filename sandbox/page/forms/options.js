// The open list of a select: a popup with the options, and with a filter field if there are many.
import { composing } from "/page/base/keys.js";
import { makeListbox } from "/page/base/listbox.js";
import { make } from "/page/base/make.js";
import { closePopup, openPopup } from "/page/base/popup.js";
import { MOST_OPTIONS, fits } from "/page/forms/choices.js";
import { twoLines } from "/page/forms/words.js";
import { say } from "/page/words/words.js";

const FILTER_FROM = 9, TYPED_MS = 700;
const touch = matchMedia("(pointer: coarse)"); // a focused field would open the keyboard over the options

// Show the options of a select under its button. *about*: {label, options, chosen, least, most}, where *chosen* is a set that
// each pick changes. *done* is called once, when the list closes.
export function openOptions(button, about, done) {
  const many = about.most > 1, filter = about.options.length >= FILTER_FROM ? filterField() : null;
  const list = makeListbox(filter, about.label, (value) => pick(value));
  const none = make("p", { className: "small", role: "status" });
  const show = (start) => {
    const found = shown(about, filter?.value ?? "");
    list.show(found.map((one) => item(one, about)), start);
    none.textContent = found.length ? "" : say("Nothing found");
  };
  const pick = (value) => {
    toggle(about, value);
    if (many) show(Math.max(0, list.index));
    else closePopup();
  };
  const foot = many ? make("p", { className: "small", role: "status" }, rule(about)) : null;
  const node = make("div", { className: "picks", role: "dialog", "aria-label": about.label, tabIndex: -1 }, filter, list.node, none, foot);
  if (many) list.node.setAttribute("aria-multiselectable", "true");
  node.addEventListener("keydown", (event) => key(event, list, filter, about, pick));
  filter?.addEventListener("input", () => show(0));
  node.style.minWidth = `${button.getBoundingClientRect().width}px`;
  show(Math.max(0, about.options.findIndex((one) => about.chosen.has(one.value))));
  button.setAttribute("aria-controls", list.node.id);
  openPopup(button, node, { close: done, within: button.closest("dialog") ?? document.body });
  (filter && touch.matches ? node : filter ?? list.node).focus();
  list.move(list.index);
}

function filterField() {
  const about = { role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list", autocomplete: "off" };
  return make("input", { ...about, placeholder: say("Search"), "aria-label": say("Search") });
}

const shown = (about, typed) => about.options.filter((one) => fits(one, typed)).slice(0, MOST_OPTIONS);

function item(option, { chosen, most }) {
  const checked = chosen.has(option.value), full = most > 1 && chosen.size >= most;
  const node = make("span", { className: "pick" },
    option.emoji ? make("span", { className: "emoji" }, option.emoji) : null,
    twoLines(option.label, option.description));
  return { value: option.value, node, checked, disabled: full && !checked };
}

// Choose or remove a value. A select of one value replaces it, and lets it be removed only if none is allowed.
function toggle({ chosen, least, most }, value) {
  const had = chosen.has(value);
  if (most === 1) {
    chosen.clear();
    if (!had || least > 0) chosen.add(value);
  } else if (had) chosen.delete(value);
  else if (chosen.size < most) chosen.add(value);
}

function rule({ least, most }) {
  if (least === most) return say("Choose {count}", { count: most });
  return least ? say("Choose {least} to {most}", { least, most }) : say("Choose up to {most}", { most });
}

let typed = "", typed_at = -Infinity;

function key(event, list, filter, about, pick) {
  if (event.key === "Tab") return closePopup();
  if (list.key(event)) return undefined;
  const ends = { Home: 0, End: list.size - 1 }[event.key];
  if (filter || event.ctrlKey || event.metaKey || event.altKey || composing(event)) return undefined;
  if (ends !== undefined) list.move(ends);
  else if (event.key === " " && !typing(event)) pick(list.active);
  else if (event.key.length === 1) list.move(found(about.options, event, list.index));
  else return undefined;
  return event.preventDefault();
}

const typing = (event) => event.timeStamp - typed_at < TYPED_MS;

// Return the place of the next option that starts with the letters typed of late. The same letter again goes on to the next one.
function found(options, event, from) {
  typed = typing(event) ? typed + event.key.toLowerCase() : event.key.toLowerCase();
  typed_at = event.timeStamp;
  const same = [...typed].every((letter) => letter === typed[0]), wanted = same ? typed[0] : typed;
  const order = options.map((_, n) => (from + n + (same ? 1 : 0)) % options.length);
  return order.find((n) => options[n].label.toLowerCase().replace(/^[@#]/, "").startsWith(wanted)) ?? from;
}
