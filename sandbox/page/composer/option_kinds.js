// What the kinds of options take: the items to choose from, the value of a typed text, and what is wrong with it.
import { ATTACHMENT, BOOLEAN, CHANNEL, INTEGER, MENTIONABLE, NUMBER, ROLE, STRING, USER } from "/page/composer/commands.js";
import { choicesOf } from "/page/forms/choices.js";
import { say } from "/page/words/words.js";
import { localized, place } from "/page/world/state.js";

const OF_PLACE = { [USER]: "user", [CHANNEL]: "channel", [ROLE]: "role", [MENTIONABLE]: "mentionable" };
const MOST_CHARS = 6000; // https://discord.com/developers/docs/interactions/application-commands (2026-11-24)

const isNumber = (declared) => declared.type === INTEGER || declared.type === NUMBER;

// Return whether an option is a text that no list completes.
export const isFree = (declared) => !declared.choices?.length && !declared.autocomplete && (declared.type === STRING || isNumber(declared));

// Return all items that can be chosen, [{value, text}], or null for an option that takes other values.
export function itemsOf(declared) {
  if (declared.choices?.length) return declared.choices.map((one) => ({ value: one.value, text: localized(one, "name") }));
  if (declared.type === BOOLEAN) return [{ value: true, text: say("True") }, { value: false, text: say("False") }];
  if (!OF_PLACE[declared.type]) return null;
  return choicesOf(OF_PLACE[declared.type], place(), declared.channel_types).map(([value, text]) => ({ value, text }));
}

const bare = (text) => text.trim().replace(/^[@#]/, "").toLowerCase();

// Return the items that a typed text leaves, those that begin with it first.
export function fits(items, typed) {
  const word = bare(typed), first = (one) => (bare(one.text).startsWith(word) ? 0 : 1);
  return items.filter((one) => bare(one.text).includes(word)).sort((a, b) => first(a) - first(b));
}

// Return the value of a field, or undefined if it has none (yet).
export function valueOf(declared, field) {
  if (declared.type === ATTACHMENT) return field.item ?? undefined;
  if (field.value !== null && field.value !== undefined) return field.value;
  if (!field.text.trim()) return undefined;
  const items = itemsOf(declared);
  if (items) return items.find((one) => bare(one.text) === bare(field.text) || String(one.value) === field.text.trim())?.value;
  return isNumber(declared) ? numberOf(declared, field.text) : field.text;
}

function numberOf({ type }, text) {
  const number = Number(text.trim().replace(",", "."));
  return Number.isNaN(number) || (type === INTEGER && !Number.isInteger(number)) ? undefined : number;
}

// Return a sentence that says what is wrong with a field, or "".
export function wrongWith(declared, field) {
  const value = valueOf(declared, field);
  if (declared.type === ATTACHMENT) return value ? "" : missing(declared, field);
  if (!field.text.trim()) return declared.required ? say("This option is required.") : "";
  if (value === undefined) return unread(declared);
  if (isNumber(declared)) return outOfRange(declared, value);
  return declared.type === STRING && !declared.choices?.length ? badLength(declared, value) : "";
}

// A file that a reload has lost is missed also where none is required: without it the command would mean something else.
function missing({ required }, { lost }) {
  if (lost) return say("Attach {name} again.", { name: lost });
  return required ? say("Attach a file.") : "";
}

function unread(declared) {
  if (!isNumber(declared)) return say("Choose one from the list.");
  return declared.type === INTEGER ? say("Enter a whole number.") : say("Enter a number.");
}

function outOfRange({ min_value: least, max_value: most }, value) {
  if (value >= (least ?? -(2 ** 53)) && value <= (most ?? 2 ** 53)) return "";
  if (most === undefined) return say("Enter a number of at least {least}.", { least });
  if (least === undefined) return say("Enter a number of at most {most}.", { most });
  return say("Enter a number from {least} to {most}.", { least, most });
}

function badLength({ min_length: least = 0, max_length: most = MOST_CHARS }, value) {
  const count = [...value].length;
  if (count < least) return say("Enter at least {least} characters, not {count}.", { least, count });
  return count > most ? say("Enter at most {most} characters, not {count}.", { most, count }) : "";
}
