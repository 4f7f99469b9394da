// What a select offers, what is chosen in it at first, and how many may be chosen.
// https://discord.com/developers/docs/components/reference#string-select (2026-11-24)
import { place } from "/page/world/state.js";

export const MOST_OPTIONS = 25;
const OF_SELECT = { 5: "user", 6: "role", 7: "mentionable", 8: "channel" };

// Return the choices [id, label] of a user, role, mentionable or channel select in this channel.
export function choicesOf(kind, there, types) {
  const people = there.people.map((p) => [p.id, `@${p.name}`]);
  const roles = there.roles.map((r) => [r.id, r.name.startsWith("@") ? r.name : `@${r.name}`]);
  const channels = there.channels.filter((c) => !types?.length || types.includes(c.kind)).map((c) => [c.id, `#${c.name}`]);
  return { user: people, role: roles, mentionable: [...people, ...roles], channel: channels }[kind];
}

// Return the options of a select: [{value, label, description?, emoji?}].
export function optionsOf(part) {
  const kind = OF_SELECT[part.type];
  if (kind) return choicesOf(kind, place(), part.channel_types).map(([value, label]) => ({ value, label }));
  return part.options.map((one) => ({ ...one, emoji: one.emoji && (one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name) }));
}

// Return the values that the bot chose.
export function defaultsOf(part) {
  if (OF_SELECT[part.type]) return (part.default_values ?? []).map((one) => String(one.id));
  return part.options.filter((one) => one.default).map((one) => one.value);
}

// Return the least and the greatest number of values.
export const limitsOf = (part) => [part.min_values ?? 1, part.max_values ?? 1];

// Return whether what was typed in the filter field names this option.
export function fits(option, typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[@#]/, "");
  return [option.label, option.description ?? ""].some((text) => text.toLowerCase().includes(wanted));
}
