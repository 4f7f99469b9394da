// Select menus, in messages and modals.
import { composing, make, makeButton } from "/page/base/make.js";
import { closePopup, makeListbox, openPopup } from "/page/base/popup.js";
import { acknowledged, notify } from "/page/base/server.js";
import { twoLines } from "/page/forms/dialogs.js";
import { say } from "/page/words/words.js";
import { place } from "/page/world/state.js";

// What a select offers, what is chosen in it at first, and how many may be chosen.
// https://discord.com/developers/docs/components/reference#string-select (2026-11-24)
const MOST_OPTIONS = 25;
const OF_SELECT = { 5: "user", 6: "role", 7: "mentionable", 8: "channel" };

// Return the choices [id, label] of a user, role, mentionable or channel select in this channel.
export function choicesOf(kind, there, types) {
  const people = there.people.map((p) => [p.id, `@${p.name}`]);
  const roles = there.roles.map((r) => [r.id, r.name.startsWith("@") ? r.name : `@${r.name}`]);
  const channels = there.channels.filter((c) => !types?.length || types.includes(c.kind)).map((c) => [c.id, `#${c.name}`]);
  return { user: people, role: roles, mentionable: [...people, ...roles], channel: channels }[kind];
}

// Return the options of a select: [{value, label, description?, emoji?}].
function optionsOf(part) {
  const kind = OF_SELECT[part.type];
  if (kind) return choicesOf(kind, place(), part.channel_types).map(([value, label]) => ({ value, label }));
  return part.options.map((one) => ({ ...one, emoji: one.emoji && (one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name) }));
}

// Return the values that the bot chose.
function defaultsOf(part) {
  if (OF_SELECT[part.type]) return (part.default_values ?? []).map((one) => String(one.id));
  return part.options.filter((one) => one.default).map((one) => one.value);
}

// Return the least and the greatest number of values.
export const limitsOf = (part) => [part.min_values ?? 1, part.max_values ?? 1];

// Return whether what was typed in the filter field names this option.
function fits(option, typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[@#]/, "");
  return [option.label, option.description ?? ""].some((text) => text.toLowerCase().includes(wanted));
}

// The open list of a select: a popup with the options, and with a filter field if there are many.
const FILTER_FROM = 9, TYPED_MS = 700;
const touch = matchMedia("(pointer: coarse)"); // a focused field would open the keyboard over the options

// Show the options of a select under its button. *about*: {label, options, chosen, least, most}, where *chosen* is a set that
// each pick changes. *done* is called once, when the list closes.
function openOptions(button, about, done) {
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

// Selects of messages and modals, of every type: a button that shows what is chosen and opens the options.

// Return a select: {node, read}. *onpick* is called with the values when they have changed: at once in a select of one value, when the
// list closes in one of several. It returns the answer of the sandbox. Too few values, and values that the bot does not acknowledge,
// are given back. Without *onpick* the values are only kept. *optional*: all values can be removed.
export function makeSelect(part, { label, onpick, optional = false } = {}) {
  const [given, most] = limitsOf(part), least = optional ? 0 : given, placeholder = part.placeholder || say("Make a selection");
  let chosen = new Set(defaultsOf(part)), open = false;
  const node = makeButton({
    className: "select", role: "combobox", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": label ?? placeholder,
    disabled: part.disabled, onclick: () => (open ? closePopup() : show()), onkeydown: key,
  });

  function draw() {
    const faces = optionsOf(part).filter((one) => chosen.has(one.value)).map((one) => face(one, most));
    if (!faces.length) faces.push(make("span", { className: "placeholder" }, placeholder));
    node.replaceChildren(make("span", { className: "value" }, ...faces));
    node.setAttribute("aria-expanded", String(open));
  }

  function show() {
    const before = new Set(chosen);
    open = true;
    draw();
    openOptions(node, { label: label ?? placeholder, options: optionsOf(part), chosen, least, most }, () => close(before));
  }

  function close(before) {
    open = false;
    const changed = chosen.size !== before.size || [...chosen].some((one) => !before.has(one));
    const few = chosen.size < least;
    if (onpick && few) chosen = before;
    draw();
    if (changed) node.dispatchEvent(new Event("change", { bubbles: true }));
    if (!onpick || !changed) return;
    if (few) notify(say("Choose at least {count}.", { count: least }));
    else send(before);
  }

  // What the bot does not acknowledge can be chosen again.
  async function send(before) {
    const answer = await onpick([...chosen]);
    if (answer && await acknowledged(answer.interaction).catch(() => true)) return;
    chosen = before;
    draw();
  }

  function key(event) {
    if (node.ariaDisabled) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    show();
  }

  draw();
  return { node, read: () => [...chosen] };
}

function face(option, most) {
  const text = [option.emoji, option.label].filter(Boolean).join(" ");
  return make("span", { className: most > 1 ? "picked" : "", dir: "auto" }, text);
}
