// The bot's modals, and the page's form for a new thread.
import { acknowledged, ask } from "/page/base/server.js";
import { openDialog } from "/page/forms/dialogs.js";
import { field, isRequired, nameField, row } from "/page/forms/fields.js";
import { text } from "/page/messages/markdown.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS, TEXT_DISPLAY, botName, here, on } from "/page/world/state.js";

// The modals that the bot has opened at this tab.
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

// The page's own dialogs: the start of a thread, and of a forum post.
const CONTENT = { type: 4, style: 2, max_length: MOST_CHARS, required: false };
const FILES = { type: 19, min_values: 0, max_values: 10, required: false };

// Ask for the name of a thread, and for the first message of a forum post with its files. *begin* takes the name, the words and the
// ids of the uploads.
export function openThread(title, begin, withMessage = false) {
  const name = nameField();
  const rows = [row(say("Name"), name, { required: true })];
  if (!withMessage) return openDialog(title, rows, () => begin(name.read()), say("Create"));
  const files = field(FILES), content = contentField(files);
  rows.push(row(say("First message"), content), row(say("Files"), files));
  const submit = async () => begin(name.read(), content.read(), await files.read());
  return openDialog(title, rows, submit, say("Create"));
}

// A post needs words or a file.
function contentField(files) {
  const made = field(CONTENT);
  return { ...made, wrong: () => (made.read().trim() || files.count() ? "" : say("Write a message or add a file.")) };
}
