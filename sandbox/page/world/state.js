// What the page knows of the world.
import { say } from "/page/words/words.js";

// Numbers of Discord's that several modules read.
// https://discord.com/developers/docs/resources/message#message-object-message-flags (2026-11-29)
export const EPHEMERAL = 1 << 6, LOADING = 1 << 7;
export const TEXT_DISPLAY = 10; // a type of components
export const MOST_CHARS = 2000; // of a message's content
export const PINNED = 6; // the type of the message that says that one was pinned

// What the person of this tab sees, and which channel is shown.
export const TEXT = 0, FORUM = 15;
const THREAD = 11, PRIVATE_THREAD = 12;
export const PAGE_OF_MESSAGES = 50, MOST_MESSAGES = 5000; // the sandbox sends no more of one channel

const query = new URLSearchParams(location.search);

// *channel* may be a name or `dm` until the first state. *target*: the message to jump to. *tab*: this tab's id.
export const here = {
  person: query.get("person") ?? sessionStorage.getItem("person"),
  channel: query.get("channel") ?? sessionStorage.getItem("channel") ?? "",
  last: PAGE_OF_MESSAGES, target: query.get("message"), state: null, tab: crypto.randomUUID(),
};

// Events: `state` (a newer state is there), `place` (another person or channel), `more` (other messages of the same channel are wanted),
// `reply` (another message is replied to), `edit` (an own message is edited), `command` (a mention of a command is pressed),
// `compose` (focus the composer), `draft` and `filled` (of the composer's draft), `drawn` (the list shows the state; the detail: a
// channel was opened), `scrolled` (the list), `read` (a channel), `missing` (there is no such message to jump to), `moved` (the shown
// channel is gone: its old record), `lost`, `found`, `restarted` and `retry` (the sandbox).
const bus = new EventTarget();
export const on = (name, act) => bus.addEventListener(name, (event) => act(event.detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

// Show a channel, and jump to a message in it.
export function go(channel, message = null) {
  if (message && !channelOf(channel)) return emit("missing");
  here.target = message;
  if (message && channel === here.channel) return emit("more");
  Object.assign(here, { channel, last: PAGE_OF_MESSAGES });
  emit("place");
}

const lastOf = new Map(); // the channel that each person saw last in this tab

// Act as another person, in the channel where that person was last: the first time in the shown one, if they see it.
export function become(person) {
  lastOf.set(here.person, here.channel);
  Object.assign(here, { person, channel: lastOf.get(person) ?? (channel()?.dm ? "dm" : here.channel), target: null,
    last: PAGE_OF_MESSAGES });
  emit("place");
}

// Show so many messages of the channel.
export function showLast(count) {
  here.last = count;
  emit("more");
}

export const me = () => here.state.people.find((one) => one.id === here.person);
export const channelOf = (id) => here.state.channels.find((one) => one.id === id);
export const channel = () => channelOf(here.channel);
export const serverOf = (found) => here.state.servers.find((one) => one.id === found?.server);
export const isThread = (found) => found?.kind === THREAD || found?.kind === PRIVATE_THREAD;
// Return the kind of a channel: dm, group, forum, thread, private (thread) or text.
export function kindOf(found) {
  if (found.dm) return "dm";
  if (found.server === null) return "group";
  return { [FORUM]: "forum", [THREAD]: "thread", [PRIVATE_THREAD]: "private" }[found.kind] ?? "text";
}

// Return whether a message of the shown channel was deleted. Of messages above those that the page has, nothing is known.
export function isDeleted(id) {
  const { order, older } = here.state;
  return !order.includes(id) && (!older || BigInt(id) > BigInt(order[0]));
}

export const may = (name, found = channel()) => Boolean(found?.permissions.includes(name));
export const botName = () => here.state.bot_name ?? "Wanvas";

// Return a name or description as the person's client shows it.
export const localized = (declared, name) => declared[`${name}_localizations`]?.[me().locale] || declared[name];

// Return the commands that the shown channel offers: *type* 1 slash, 3 message menu.
export function offered(type) {
  const ids = new Set(here.state.offered[here.channel]);
  return here.state.commands.filter((one) => ids.has(one.id) && one.type === type);
}

const pairs = (list) => Object.fromEntries(list.map((one) => [one.id, one.name]));
const everybody = () => [...here.state.people, { id: here.state.bot, name: botName() }];

// Return the names that mentions show: {people, roles, channels}, each by id.
export function names() {
  return { people: pairs(everybody()), roles: pairs(here.state.servers.flatMap((one) => one.roles)), channels: pairs(here.state.channels) };
}

// Return whom and what the shown channel offers for mentions and selects: {people, roles, channels}.
export function place() {
  const server = serverOf(channel());
  const members = new Set((server?.members ?? here.state.people).map((one) => one.id));
  const channels = here.state.channels.filter((one) => server && one.server === server.id);
  return { people: everybody().filter((one) => members.has(one.id)), roles: server?.roles ?? [], channels };
}

// Return the name of a channel with the sign of its kind.
export function label(found) {
  if (found.dm) return `@${botName()}`;
  if (found.server === null) return found.name;
  return `${found.kind === FORUM ? "▤ " : isThread(found) ? "⌇ " : "#"}${found.name}`;
}

// Return why the person cannot write here, or null.
export function silenced(found = channel()) {
  if (!found) return say("You see no channel here");
  if (found.kind === FORUM) return say("Create a post, or open one");
  if (found.archived && found.locked && !may("MANAGE_THREADS", found)) return say("This thread is locked");
  const needed = isThread(found) ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES";
  if (found.server !== null && !may(needed, found)) return say("You do not have permission to send messages in this channel");
  return null;
}
