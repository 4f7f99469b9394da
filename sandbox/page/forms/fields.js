// Form fields: fields of modals and selects of messages. Each has a node and a function that reads it.
import { make } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { makeSelect } from "/page/forms/select.js";

export { choicesOf } from "/page/forms/choices.js";

const PLAIN = "";

// Return a select of [value, label] pairs.
export function select(pairs, about, chosen = []) {
  const many = about.multiple;
  return make("select", { ...about, size: many ? Math.min(6, Math.max(2, pairs.length)) : undefined },
    many ? null : make("option", { value: PLAIN, disabled: about.required, selected: !chosen.length }, about.placeholder ?? "—"),
    ...pairs.map(([value, label]) => make("option", { value, selected: chosen.includes(value) }, label)));
}

function ticks(part, type) {
  return make("div", { className: "ticks" }, ...part.options.map((o) => make("label", {},
    make("input", { type, name: part.custom_id, value: o.value, checked: o.default ?? false }), " ", o.label, o.description ? make("span", { className: "small" }, ` ${o.description}`) : null)));
}

const ticked = (node) => [...node.querySelectorAll("input:checked")].map((input) => input.value);

// Return a field of a modal: {node, read}. A read of undefined leaves the default.
export function field(part, label) {
  const required = part.required ?? true;
  switch (part.type) {
    case 4: {
      const about = { required, maxLength: part.max_length ?? 4000, minLength: part.min_length, placeholder: part.placeholder ?? "", value: part.value ?? "" };
      const node = part.style === 2 ? make("textarea", { ...about, rows: 4 }) : make("input", about);
      return { node, read: () => node.value };
    }
    case 19: {
      const node = make("input", { type: "file", multiple: (part.max_values ?? 1) > 1 });
      return { node, read: () => Promise.all([...node.files].map(upload)) };
    }
    case 21: { const node = ticks(part, "radio"); return { node, read: () => ticked(node)[0] ?? null }; }
    case 22: { const node = ticks(part, "checkbox"); return { node, read: () => ticked(node) }; }
    case 23: { const node = make("input", { type: "checkbox", checked: part.default ?? false }); return { node, read: () => node.checked }; }
    default: return makeSelect(part, { label });
  }
}
