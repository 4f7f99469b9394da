// What only this tab knows of the messages: which ones the person dismissed, and which commands the bot did not answer.
import { EPHEMERAL } from "/page/world/discord.js";
import { emit, here } from "/page/world/state.js";

const DISMISSED = "dismissed"; // in the tab's storage

let dismissed = new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));
let failures = []; // messages of the page's own

// Remove a message from this tab. The bot does not hear of it.
export function dismiss(found) {
  const node = document.getElementById(`m${found.id}`), next = node?.nextElementSibling ?? node?.previousElementSibling;
  dismissed.add(found.id);
  failures = failures.filter((one) => one.id !== found.id);
  sessionStorage.setItem(DISMISSED, JSON.stringify([...dismissed].slice(-200)));
  emit("state", here.state);
  (next?.isConnected ? next : document.getElementById("words"))?.focus();
}

// Show that the bot did not answer a command. *user* and *name* are those of the interaction.
export function addFailure({ id, channel, person, user, name, type, timestamp }) {
  const { bot, bot_name: botName } = here.state;
  const author = { id: bot, bot: true, global_name: botName ?? "Wanvas" };
  const empty = { content: "", attachments: [], embeds: [], components: [] };
  failures.push({ ...empty, id, failed: true, channel, person, author, type, interaction: { user, name }, flags: EPHEMERAL, timestamp });
  emit("state", here.state);
}

// Return the messages that this tab shows, oldest first.
export function withLocal(messages) {
  const mine = failures.filter((one) => one.channel === here.channel && one.person === here.person);
  const kept = messages.filter((one) => !dismissed.has(one.id));
  return mine.length ? [...kept, ...mine].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1)) : kept;
}
