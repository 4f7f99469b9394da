// Form fields: fields of modals and selects of messages. Each has a node and a function that reads it.
import { make } from "/page/base/make.js";
import { upload } from "/page/base/server.js";

const PLAIN = "";

// Return the choices [id, label] of a user, role, mentionable or channel select in this channel.
export function choicesOf(kind, place, types) {
  const people = place.people.map((p) => [p.id, `@${p.name}`]);
  const roles = place.roles.map((r) => [r.id, r.name.startsWith("@") ? r.name : `@${r.name}`]);
  const channels = place.channels.filter((c) => !types?.length || types.includes(c.kind)).map((c) => [c.id, `#${c.name}`]);
  return { user: people, role: roles, mentionable: [...people, ...roles], channel: channels }[kind];
}

const OF_SELECT = { 5: "user", 6: "role", 7: "mentionable", 8: "channel" };

// Return a select of [value, label] pairs.
export function select(pairs, about, chosen = []) {
  const many = about.multiple;
  return make("select", { ...about, size: many ? Math.min(6, Math.max(2, pairs.length)) : undefined },
    many ? null : make("option", { value: PLAIN, disabled: about.required, selected: !chosen.length }, about.placeholder ?? "—"),
    ...pairs.map(([value, label]) => make("option", { value, selected: chosen.includes(value) }, label)));
}

export const picked = (node) => [...node.selectedOptions].map((option) => option.value).filter((value) => value !== PLAIN);

// Return a select of any type, of a message or a modal.
export function chooser(part, place, about = {}) {
  const kind = OF_SELECT[part.type];
  const pairs = kind ? choicesOf(kind, place, part.channel_types) : part.options.map((o) => [o.value, o.description ? `${o.label} – ${o.description}` : o.label]);
  const chosen = kind ? (part.default_values ?? []).map((d) => d.id) : part.options.filter((o) => o.default).map((o) => o.value);
  return select(pairs, { multiple: (part.max_values ?? 1) > 1, placeholder: part.placeholder, disabled: part.disabled, "aria-label": part.placeholder ?? "Choose", ...about }, chosen);
}

function ticks(part, type) {
  return make("div", { className: "ticks" }, ...part.options.map((o) => make("label", {},
    make("input", { type, name: part.custom_id, value: o.value, checked: o.default ?? false }), " ", o.label, o.description ? make("span", { className: "small" }, ` ${o.description}`) : null)));
}

const ticked = (node) => [...node.querySelectorAll("input:checked")].map((input) => input.value);

// Return a field of a modal: {node, read}. A read of undefined leaves the default.
export function field(part, place) {
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
    default: { const node = chooser(part, place, { required: required && part.min_values !== 0 }); return { node, read: () => picked(node) }; }
  }
}
