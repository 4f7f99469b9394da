// Slash commands: which are offered, which fit what is typed, and a command with its options as text.
import { make } from "/page/base/make.js";
import { botName, localized, offered } from "/page/world/state.js";

export const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10, ATTACHMENT = 11;

// Return every command that can be sent, each subcommand by itself: [{typed, name, description, options}].
// *typed* is the registered name, *name* the one in the person's language.
function leaves() {
  const walk = (node, path, names) => {
    const inner = (node.options ?? []).filter((one) => one.type <= 2);
    if (inner.length) return inner.flatMap((one) => walk(one, [...path, one.name], [...names, localized(one, "name")]));
    return [{ typed: path.join(" "), name: names.join(" "), description: localized(node, "description"), options: node.options ?? [] }];
  };
  return offered(1).flatMap((one) => walk(one, [one.name], [localized(one, "name")]));
}

export const leafOf = (typed) => leaves().find((one) => one.typed === typed);

// Return the commands that fit the *typed* text after the slash, best first. A whole name may be followed by options.
function fitting(typed) {
  const word = typed.toLowerCase().trimStart(), found = leaves();
  const whole = found.filter((leaf) => leaf.options.length && restAfterName(leaf, typed) !== null);
  if (whole.length && /\s/.test(word)) return whole;
  return found.filter((leaf) => rank(leaf, word) < NONE).sort((a, b) => rank(a, word) - rank(b, word));
}

const NONE = 3;

function rank(leaf, word) {
  const trimmed = word.trimEnd();
  return Math.min(...[leaf.name, leaf.typed].map((name) => {
    if (name.startsWith(word) || name === trimmed) return 0;
    if (name.split(/[\s_-]/).some((part) => part.startsWith(trimmed))) return 1;
    return name.includes(trimmed) ? 2 : NONE;
  }));
}

// Return what follows the command's name in the *typed* text after the slash, or null if it begins otherwise.
export function restAfterName(leaf, typed) {
  const text = typed.trimStart(), lower = text.toLowerCase();
  const name = [leaf.name, leaf.typed].find((one) => lower === one || new RegExp(`^${plain(one)}\\s`).test(lower));
  return name === undefined ? null : text.slice(name.length).trim();
}

const plain = (text) => text.replace(/\W/g, "\\$&");

// Return the options that a text after a command's name gives: [{name, text}]. "prompt: a lighthouse size: 3:4" names them, also with
// a Chinese colon;
// what comes before the first name belongs to the first required option that takes text.
export function readOptions(leaf, text) {
  const first = firstOption(leaf), given = new Map();
  const names = leaf.options.flatMap((one) => [localized(one, "name"), one.name]).map(plain).sort((a, b) => b.length - a.length);
  const parts = names.length ? text.split(new RegExp(`(?:^|\\s)(${names.join("|")})[:：]`, "i")) : [text];
  if (parts[0].trim()) given.set(first.name, parts[0].trim());
  for (let number = 1; number < parts.length; number += 2) {
    const { name } = leaf.options.find((one) => [localized(one, "name"), one.name].includes(parts[number].toLowerCase()));
    given.set(name, [given.get(name), parts[number + 1].trim()].filter(Boolean).join(" "));
  }
  return given;
}

function firstOption({ options }) {
  const takesText = (one) => one.type === STRING && !one.choices?.length;
  const tests = [(one) => one.required && takesText(one), takesText, (one) => one.type !== ATTACHMENT, () => true];
  return tests.map((test) => options.find(test)).find(Boolean);
}

// Return a taken command with its options as the text that would give it again.
export function asText({ typed, fields }) {
  const leaf = leafOf(typed), names = new Map(leaf?.options.map((one) => [one.name, localized(one, "name")]));
  const shown = (name) => names.get(name) ?? name;
  const filled = fields.filter((one) => one.text).map((one) => ` ${shown(one.name)}: ${one.text}`);
  return `/${leaf?.name ?? typed}${filled.join("")}`;
}

// Return the items of the list of commands.
export const commandItems = (typed) => fitting(typed).map((leaf) => ({ value: leaf, node: row(leaf), group: botName() }));

function row({ name, description }) {
  return make("span", { className: "offered" }, make("strong", {}, `/${name}`), " ", make("span", { className: "small" }, description));
}
