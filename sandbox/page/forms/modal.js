// The modals that the bot has opened at this tab.
import { acknowledged } from "/page/base/interaction.js";
import { ask } from "/page/base/server.js";
import { openDialog } from "/page/forms/dialogs.js";
import { field, isRequired } from "/page/forms/fields.js";
import { row } from "/page/forms/row.js";
import { text } from "/page/messages/markdown.js";
import { say } from "/page/words/words.js";
import { TEXT_DISPLAY } from "/page/world/discord.js";
import { botName, here, on } from "/page/world/state.js";

const LOST = () => say("The sandbox was restarted. This form can no longer be sent.");
// By modal id: {close, warn, kept, lost}. A modal that was closed stays here as null, and never returns. *kept*: the state does not
// close it, because it was sent, or *lost* when the sandbox was started again.
const opened = new Map();

function open(modal) {
  const fields = new Map(), person = here.person, about = { kept: false };
  const rows = modal.components.map((part) => (part.type === TEXT_DISPLAY ? text(part.content) : labeled(part, fields)));
  const submit = async () => {
    if (about.lost) throw new Error(LOST());
    about.kept = true;
    await send({ person, tab: here.tab, modal: modal.id, values: await read(fields) });
  };
  const closed = (done) => {
    if (!done && !about.lost && opened.get(modal.id)) ask("/act/dismiss", { person, modal: modal.id }).catch(() => {});
    opened.set(modal.id, null);
  };
  const intro = say("This form will be sent to {name}. Never share passwords or other sensitive information.", { name: botName() });
  opened.set(modal.id, about);
  Object.assign(about, openDialog(modal.title, rows, submit, say("Submit"), { closed, intro, stays: true }));
}

function labeled(part, fields) {
  const inner = part.component ?? part.components[0], label = part.label ?? inner.label ?? "";
  const made = field(inner, label);
  fields.set(inner.custom_id, made);
  return row(label, made, { description: part.description, required: isRequired(inner) });
}

async function read(fields) {
  const values = {};
  for (const [name, one] of fields) values[name] = await one.read();
  return values;
}

// Send a form. Raises an Error if the bot does not acknowledge it: the form stays open, and can be sent again.
async function send(body) {
  const { interaction } = await ask("/act/modal", body);
  if (!await acknowledged(interaction)) throw new Error(say("Something went wrong. Try again."));
}

// Close the forms that were answered elsewhere. After a restart of the sandbox they stay: what was typed can still be copied.
function closeGone(ids) {
  for (const [id, about] of opened) {
    if (!about || about.kept || ids.has(id)) continue;
    if (restarted) {
      about.kept = about.lost = true;
      about.warn(LOST());
    } else {
      opened.set(id, null);
      about.close();
    }
  }
  restarted = false;
}

let restarted = false;
on("restarted", () => { restarted = true; });

on("state", () => {
  const mine = here.state.modals.filter((one) => !one.tab || one.tab === here.tab);
  closeGone(new Set(mine.map((one) => one.id)));
  for (const modal of mine) if (!opened.has(modal.id)) open(modal);
});
