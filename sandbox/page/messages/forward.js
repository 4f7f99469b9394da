// Forward a message to channels and people.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { notify } from "/page/base/notice.js";
import { labeled, openDialog } from "/page/forms/dialogs.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS } from "/page/world/discord.js";
import { botName, here, label, serverOf, silenced } from "/page/world/state.js";

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
export function openForward(found) {
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
