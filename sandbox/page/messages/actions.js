// What a person can do with a message.
import { ask, attempt } from "/page/base/server.js";
import { openThread } from "/page/forms/thread.js";
import { jobOf, showLogOf } from "/page/panel/job.js";
import { say } from "/page/words/words.js";
import { TEXT, channel, emit, go, here, localized, offered } from "/page/world/state.js";

const EPHEMERAL = 64;

// Press a button of a message, or choose *values* in a select.
export const press = (found, part, values) => attempt("/act/press", { ...by(), message: found.id, custom_id: part.custom_id, values });

const by = () => ({ person: here.person, tab: here.tab });

// Return what the person can do with a message: [[label, act]].
export function actions(found) {
  const hidden = Boolean(found.flags & EPHEMERAL), now = channel();
  const list = [];
  if (!hidden) list.push([say("Reply"), () => emit("reply", found)]);
  if (!hidden && now?.server && now.kind === TEXT) list.push([say("Create thread"), () => startThread(found)]);
  for (const command of offered(3)) list.push([`${say("Apps")} ▸ ${localized(command, "name")}`, () => attempt("/act/menu", { ...by(), command: command.name, message: found.id })]);
  if (!hidden && found.author.id === here.person) list.push([say("Delete"), () => attempt("/act/delete", { person: here.person, message: found.id })]);
  const job = jobOf(found);
  if (job) list.push([say("Show log lines"), () => showLogOf(job)]);
  return list;
}

const startThread = (found) => openThread(say("New thread at this message"), (name) => begin({ name, message: found.id }));

// Start a thread or a forum post in the shown channel, and show it. Raises an Error if that is refused.
export async function begin(about) {
  const { id } = await ask("/act/thread", { person: here.person, channel: here.channel, ...about });
  go(id);
}
