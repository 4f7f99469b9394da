// What a person can do with a message, as Discord offers it.
import { ask, attempt } from "/page/base/server.js";
import { openThread } from "/page/forms/thread.js";
import { copy, linkOf, wordsOf } from "/page/messages/copy.js";
import { openForward } from "/page/messages/forward.js";
import { mayReact, openReactions } from "/page/messages/reactions.js";
import { openRemove } from "/page/messages/remove.js";
import { jobOf, showLogOf } from "/page/panel/job.js";
import { say } from "/page/words/words.js";
import { EPHEMERAL, LOADING } from "/page/world/discord.js";
import { TEXT, channel, channelOf, emit, go, here, localized, may, offered, silenced } from "/page/world/state.js";

const USER = 2, MESSAGE = 3; // types of commands

const by = () => ({ person: here.person, tab: here.tab });

// Press a button of a message, or choose *values* in a select.
export const press = (found, part, values) => attempt("/act/press", { ...by(), message: found.id, custom_id: part.custom_id, values });

const wrote = (found) => found.author.id === here.person;

// Return what the person can do with a message besides the bot's commands, by name: {reply: {text, act}, …}.
export function actions(found) {
  const shared = !(found.flags & (EPHEMERAL | LOADING)), words = wordsOf(found);
  const removable = shared && (wrote(found) || may("MANAGE_MESSAGES"));
  const offers = {
    react: mayReact(found) && { text: say("Add reaction"), act: (event) => openReactions(found, event) },
    reply: shared && !silenced() && { text: say("Reply"), act: () => emit("reply", found) },
    edit: shared && wrote(found) && !found.message_snapshots && { text: say("Edit message"), act: () => emit("edit", found) },
    thread: shared && maySplit(found) && { text: say("Create thread"), act: () => startThread(found) },
    forward: shared && { text: say("Forward"), act: () => openForward(found) },
    words: words && { text: say("Copy text"), act: () => copy(words) },
    link: shared && { text: say("Copy message link"), act: () => copy(linkOf(found)) },
    id: { text: say("Copy message ID"), act: () => copy(found.id) },
    log: jobOf(found) && { text: say("Show log lines"), act: () => showLogOf(jobOf(found)) },
    remove: removable && { text: say("Delete message"), act: (event) => openRemove(found, event), danger: true },
  };
  return Object.fromEntries(Object.entries(offers).filter(([, offer]) => offer));
}

// Return the bot's commands for a message: [{text, act}].
export const apps = (found) => (found.flags & LOADING ? [] : menuOf(found, MESSAGE, { message: found.id }));

// Return the bot's commands for who wrote a message: [{text, act}].
export const userApps = (found) => menuOf(found, USER, { user: found.author.id });

function menuOf(found, type, target) {
  const use = (command) => attempt("/act/menu", { ...by(), channel: found.channel_id, command, ...target });
  return offered(type).map((one) => ({ text: localized(one, "name"), act: () => use(one.name) }));
}

// Return whether a thread can be started at a message. The thread of a message has the id of the message.
const maySplit = (found) => channel()?.kind === TEXT && channel().server !== null && may("CREATE_PUBLIC_THREADS") && !channelOf(found.id);

function startThread({ id, channel_id: channel }) {
  openThread(say("New thread at this message"), (name) => begin({ channel, name, message: id }));
}

// Start a thread or a forum post, and show it. Raises an Error if that is refused.
export async function begin(about) {
  const { id } = await ask("/act/thread", { person: here.person, ...about });
  go(id);
}
