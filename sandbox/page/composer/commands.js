// Slash commands: what is offered, and the options of the one that is taken.
import { $ } from "/page/base/make.js";
import { ask, attempt } from "/page/base/server.js";
import { labeled, openDialog } from "/page/forms/dialogs.js";
import { option } from "/page/composer/option_fields.js";
import { say } from "/page/words/words.js";
import { here, localized, offered, place } from "/page/world/state.js";

// Return every command that can be sent, each subcommand by itself: [{typed, name, leaf, description}].
export function leaves() {
  const walk = (node, path, names) => {
    const inner = (node.options ?? []).filter((one) => one.type <= 2);
    if (inner.length) return inner.flatMap((one) => walk(one, [...path, one.name], [...names, localized(one, "name")]));
    return [{ typed: path.join(" "), name: names.join(" "), leaf: node, description: localized(node, "description") }];
  };
  return offered(1).flatMap((one) => walk(one, [one.name], [localized(one, "name")]));
}

const TRIES = 30, PAUSE_MS = 100;

// Return the bot's suggestions for an option.
async function suggestions(body) {
  const { interaction } = await ask("/act/autocomplete", body);
  for (let tries = 0; tries < TRIES; tries++) {
    const { choices } = await ask(`/interaction/${interaction}`);
    if (choices) return choices;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return [];
}

// Open the options of a command. *rest* is what was typed after its name.
export function openCommand(found, rest, sent) {
  const body = { person: here.person, tab: here.tab, channel: here.channel, command: found.typed }, fields = new Map();
  const read = async (skip) => {
    const values = {};
    for (const [name, one] of fields) {
      const value = name === skip ? undefined : await one.read();
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
  const suggest = async (declared, typed) => suggestions({ ...body, focused: declared.name, options: { ...(await read(declared.name)), [declared.name]: typed } });
  for (const declared of found.leaf.options ?? []) fields.set(declared.name, option(declared, place(), localized, suggest));
  if (!fields.size) return void attempt("/act/slash", { ...body, options: {} }).then(sent);
  const send = async () => { await ask("/act/slash", { ...body, options: await read() }); sent(); };
  const rows = found.leaf.options.map((one) => labeled(`${localized(one, "name")}${one.required ? "" : ` (${say("optional")})`}`, fields.get(one.name).node, localized(one, "description")));
  openDialog(`/${found.name}`, rows, send, say("Send"));
  const first = $("dialog").querySelector("input:not([type=file])");
  if (rest && first) first.value = rest;
}
