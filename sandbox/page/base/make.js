// Make elements, replace them, and read keys and the page's width.

// Return a new element. *about*: properties, attributes, and listeners as `onclick`; unset values are left out.
export function make(tag, about = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value !== undefined && value !== null && value !== false) set(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const READ_ONLY = new Set(["list", "form", "role"]);

function set(node, name, value) {
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name in node && !READ_ONLY.has(name)) node[name] = value;
  else node.setAttribute(name, value);
}

// Return a button that is not a submit button.
export const makeButton = (about, ...children) => make("button", { type: "button", ...about }, ...children);

export const $ = (id) => document.getElementById(id);

// Replace what a room has drawn, without taking the focus from the person.

// Replace the children of *node*. The focus stays on the element with the same data-key.
export function redraw(node, ...children) {
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren(...children);
  if (key !== undefined) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// Whether the page is as narrow as on a phone, as in the style sheets.
export const PHONE = matchMedia("(max-width: 46rem)");

// Return whether a key belongs to an input method. Safari ends a composition before the keydown of its Enter, which has the code 229.
export const composing = (event) => event.isComposing || event.keyCode === 229;

// Avatars: the first letter of a name, in a color that stays with the id.
const COLORS = 6; // --avatar-0 to --avatar-5 in style/base.css

// Return the avatar of a person, a bot or a server. Screen readers skip it: the name stands beside it.
export function avatar(id, name) {
  const node = make("span", { className: "avatar", "aria-hidden": "true" }, [...name.replace(/^[@#]/, "")][0]?.toUpperCase() ?? "?");
  node.dataset.color = Number(BigInt(id) % BigInt(COLORS));
  return node;
}
