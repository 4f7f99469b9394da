// Suggestions: what the bot proposes for an option while it is typed.
import { ask } from "/page/base/server.js";
import { say } from "/page/words/words.js";
import { botName, here, localized } from "/page/world/state.js";

const ANSWER_MS = 3000; // https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-24)
const PAUSE_MS = 40;
const known = new Map(); // the values of suggested names, by command and option

// Return the value of a name that the bot has suggested for an option, or null.
export const valueOfName = (command, focused, name) => known.get(`${command}/${focused}`)?.get(name) ?? null;

function remember(command, focused, items) {
  const key = `${command}/${focused}`;
  if (!known.has(key)) known.set(key, new Map());
  for (const { text, value } of items) known.get(key).set(text, value);
  return items;
}

// Return the bot's suggestions as items [{value, text}]. Raises an Error with a sentence if there is no answer.
// *options*: the values typed so far; *focused*: the name of the option that is typed.
export async function suggestions(command, options, focused) {
  const { interaction } = await ask("/act/autocomplete", { person: here.person, channel: here.channel, command, options, focused });
  for (const until = Date.now() + ANSWER_MS; Date.now() < until;) {
    const { choices } = await ask(`/interaction/${interaction}`);
    if (choices) return remember(command, focused, choices.map((one) => ({ value: one.value, text: localized(one, "name") })));
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  const name = botName();
  if (here.state.ready) throw new Error(say("{name} sent no suggestions in time.", { name }));
  throw new Error(say("{name} is not connected: there are no suggestions.", { name }));
}
