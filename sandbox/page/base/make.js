// Make elements. Text from the world is inserted as text, never as markup.

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
