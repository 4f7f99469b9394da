// The options of a command. Each has a node and a function that reads it.
import { make } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { choicesOf, select } from "/page/forms/fields.js";

const OF_OPTION = { 6: "user", 7: "channel", 8: "role", 9: "mentionable" };

// Return an option of a command: {node, read}. *suggest* asks the bot for suggestions.
export function option(declared, place, localized, suggest) {
  const { type, required } = declared, name = declared.name;
  const typed = (about) => make("input", { name, required, ...about });
  if (declared.choices?.length) {
    const node = select(declared.choices.map((c) => [String(c.value), localized(c, "name")]), { name, required });
    return { node, read: () => declared.choices.find((c) => String(c.value) === node.value)?.value };
  }
  if (OF_OPTION[type]) {
    const node = select(choicesOf(OF_OPTION[type], place, declared.channel_types), { name, required });
    return { node, read: () => node.value || undefined };
  }
  if (type === 5) {
    const node = select([["true", "True"], ["false", "False"]], { name, required });
    return { node, read: () => (node.value ? node.value === "true" : undefined) };
  }
  if (type === 11) {
    const node = typed({ type: "file" });
    return { node, read: async () => (node.files.length ? upload(node.files[0]) : undefined) };
  }
  const number = type === 4 || type === 10;
  const node = typed(number && !declared.autocomplete ? { type: "number", min: declared.min_value, max: declared.max_value, step: type === 10 ? "any" : 1 } : { maxLength: declared.max_length ?? 6000 });
  const read = () => (node.value === "" ? undefined : number ? Number(node.value) : node.value);
  return declared.autocomplete ? completed(node, declared, number, localized, suggest) : { node, read };
}

// Show the names that the bot suggests, also before a letter is typed, and send their values.
function completed(node, declared, number, localized, suggest) {
  const list = make("datalist", { id: `suggestions-${declared.name}` }), values = new Map();
  node.setAttribute("list", list.id);
  let asked = 0, timer;
  for (const event of ["focus", "input"]) node.addEventListener(event, () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked, choices = await suggest(declared, node.value);
      if (mine !== asked) return;
      for (const choice of choices) values.set(localized(choice, "name"), choice.value);
      list.replaceChildren(...choices.map((choice) => make("option", { value: localized(choice, "name") })));
    }, 150);
  });
  const read = () => (node.value === "" ? undefined : values.get(node.value) ?? (number ? Number(node.value) : node.value));
  return { node: make("span", { className: "completed" }, node, list), read };
}
