// The modal that the bot has opened at this tab.
import { ask } from "/page/base/server.js";
import { field } from "/page/forms/fields.js";
import { closeDialog, labeled, openDialog } from "/page/forms/dialogs.js";
import { text } from "/page/messages/markdown.js";
import { say } from "/page/words/words.js";
import { here, on } from "/page/world/state.js";

let opened = null;

function open(modal) {
  const fields = new Map(), person = here.person;
  const rows = modal.components.map((part) => row(part, fields));
  const submit = async () => {
    const values = {};
    for (const [name, one] of fields) values[name] = await one.read();
    await ask("/act/modal", { person, tab: here.tab, modal: modal.id, values });
  };
  openDialog(modal.title, rows, submit, say("Submit"), () => ask("/act/dismiss", { person, modal: modal.id }).catch(() => {}));
}

function row(part, fields) {
  if (part.type === 10) return text(part.content);
  const inner = part.component ?? part.components[0];
  const label = part.label ?? inner.label ?? "";
  fields.set(inner.custom_id, field(inner, label));
  return labeled(label, fields.get(inner.custom_id).node, part.description);
}

on("state", () => {
  const mine = here.state.modals.filter((one) => !one.tab || one.tab === here.tab).at(-1);
  if (mine?.id === opened) return;
  if (opened && !mine) closeDialog();
  opened = mine?.id ?? null;
  if (mine) open(mine);
});
