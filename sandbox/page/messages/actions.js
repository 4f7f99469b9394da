// What can be done with a message.
import { make } from "/page/base/make.js";
import { ask, attempt, notify } from "/page/base/server.js";
import { labeled, openDialog } from "/page/forms/dialogs.js";
import { openThread } from "/page/forms/modal.js";
import { every, firstWords, nameOf } from "/page/messages/message.js";
import { mayReact, openReactions } from "/page/messages/waiting.js";
import { say } from "/page/words/words.js";
import {
  EPHEMERAL, LOADING, MOST_CHARS, TEXT, TEXT_DISPLAY, botName, channel, channelOf, emit, go, here, label, localized, may, offered,
  serverOf, silenced,
} from "/page/world/state.js";

// Return the number of the job whose result or card a message is, or null. Wanvas writes it into file names and buttons.
function jobOf(message) {
  const found = /wanvas-(\d+)-\d+\.\w|"w1:cancel:(\d+)"/.exec(JSON.stringify([message.attachments, message.components]));
  return found && Number(found[1] ?? found[2]);
}

// Copy the text of a message, its link and its id.

// Copy a text, and say so.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify(say("Copied"), { calm: true });
  } catch {
    notify(say("The browser does not allow copying here."));
  }
}

const textsOf = (found) => [...every(found.components)].filter((part) => part.type === TEXT_DISPLAY).map((part) => part.content);

// Return the text of a message: its content, or the texts of its components.
const wordsOf = (found) => [found.content, ...textsOf(found)].filter(Boolean).join("\n");

// Return the link of a message, as Discord writes it. The page jumps there if it is pressed in a message.
const linkOf = (found) => `https://discord.com/channels/${channel().server ?? "@me"}/${found.channel_id}/${found.id}`;

// Delete a message.
const SHOWN = 200; // characters

// Ask whether a message is to be deleted. With Shift held, as in Discord, do not ask.
export function openRemove(found, event) {
  const about = { person: here.person, message: found.id };
  if (event?.shiftKey) return attempt("/act/delete", about);
  const quote = make("blockquote", { className: "quote" }, `${nameOf(found.author)}: ${firstWords(found).slice(0, SHOWN)}`);
  return openDialog(say("Delete this message?"), [quote], () => ask("/act/delete", about), say("Delete"));
}

// Forward a message to channels and people.

// Return where the person may write: [{name, where, open}]. *open* returns the id of the channel.
function destinations() {
  const channels = here.state.channels.filter((one) => !silenced(one) && !(one.archived && one.locked));
  const direct = new Set(channels.filter((one) => one.server === null && one.people.length === 2).flatMap((one) => one.people));
  const people = here.state.people.filter((one) => one.id !== here.person && !direct.has(one.id));
  return [
    ...channels.map((one) => ({ name: label(one), where: serverOf(one)?.name ?? say("Direct messages"), open: () => one.id })),
    ...(channels.some((one) => one.dm) ? [] : [{ name: `@${botName()}`, where: say("Direct messages"), open: () => "dm" }]),
    ...people.map((one) => ({ name: `@${one.name}`, where: say("Direct messages"), open: () => openDirect(one.id) })),
  ];
}

const openDirect = async (person) => (await ask("/groups", { people: [here.person, person] })).id;

function row(destination) {
  const tick = make("input", { type: "checkbox" });
  const node = make("label", { className: "destination" }, tick, make("span", {}, destination.name), make("span", { className: "small" }, destination.where));
  return { ...destination, tick, node };
}

function filter(rows, typed) {
  const wanted = typed.trim().toLowerCase();
  for (const { node, name, where, tick } of rows) node.hidden = !tick.checked && !`${name} ${where}`.toLowerCase().includes(wanted);
}

// Return the ticked rows, or the first one that the typed words leave.
function chosen(rows, typed) {
  const ticked = rows.filter((one) => one.tick.checked);
  if (!ticked.length && typed.trim()) ticked.push(...rows.filter((one) => !one.node.hidden).slice(0, 1));
  if (!ticked.length) throw new Error(say("Choose a channel or a person first."));
  return ticked;
}

async function send(found, destination, comment) {
  const channel = await destination.open();
  await ask("/act/message", { person: here.person, channel, forward: found.id });
  if (comment.trim()) await ask("/act/message", { person: here.person, channel, content: comment });
}

// Send to a destination, and untick it: after a refusal the person goes on with the others. Raises an Error that names it.
async function sendTo({ name, tick }, work) {
  try {
    await work();
    tick.checked = false;
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

// Ask where to forward a message, and forward it.
function openForward(found) {
  const rows = destinations().map(row), search = make("input", { type: "search", autocomplete: "off" });
  const comment = make("input", { maxLength: MOST_CHARS, autocomplete: "off" });
  search.addEventListener("input", () => filter(rows, search.value));
  const list = make("div", { className: "destinations", role: "group", "aria-label": say("Channels and people") }, ...rows.map((one) => one.node));
  const submit = async () => {
    const places = chosen(rows, search.value);
    for (const one of places) await sendTo(one, () => send(found, one, comment.value));
    notify(say("Forwarded to {names}", { names: places.map((one) => one.name).join(", ") }), { calm: true });
  };
  openDialog(say("Forward to"), [labeled(say("Search"), search), list, labeled(say("Comment (optional)"), comment)], submit, say("Send"));
}

// What a person can do with a message, as Discord offers it.
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
    log: jobOf(found) && { text: say("Show log lines"), act: () => emit("log", jobOf(found)) },
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
