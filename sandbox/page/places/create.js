// Dialogs that add a channel, a server or a person to the sandbox. In Discord some of this needs rights; here anyone sets the stage.
import { ask } from "/page/base/server.js";
import { openDialog } from "/page/forms/dialogs.js";
import { field } from "/page/forms/fields.js";
import { row } from "/page/forms/row.js";
import { nameField } from "/page/forms/text_field.js";
import { LOCALES } from "/page/words/locales.js";
import { language, say } from "/page/words/words.js";
import { become, channel, go, here } from "/page/world/state.js";

const SELECT = 3, RADIO = 21, CHECKBOX = 23;

function nameRow() {
  const made = nameField();
  return { read: made.read, row: row(say("Name"), made, { required: true }) };
}

function fieldRow(label, part, about) {
  const made = field(part, label);
  return { read: made.read, row: row(label, made, about) };
}

// Channel names have no capitals and no spaces in Discord.
const channelName = (text) => text.toLowerCase().replace(/\s+/g, "-");

// Ask for a channel of a server, and show it.
export function addChannel(server) {
  const name = nameRow();
  const kind = fieldRow(say("Kind"), { type: RADIO, options: [{ value: "text", label: say("Text"), default: true },
    { value: "forum", label: say("Forum") }] });
  const nsfw = fieldRow(say("Age-restricted"), { type: CHECKBOX });
  const submit = async () => go((await ask("/channels", { server: server.id, name: channelName(name.read()), kind: kind.read(),
    nsfw: nsfw.read() })).id);
  openDialog(say("Create a channel in {server}", { server: server.name }), [name.row, kind.row, nsfw.row], submit, say("Create"));
}

// Ask for a server, which this person will own, and show its first channel.
export function addServer() {
  const name = nameRow(), bot = fieldRow(say("With the bot"), { type: CHECKBOX, default: true });
  const submit = async () => {
    const { id } = await ask("/servers", { name: name.read(), owner: here.person, bot: bot.read() });
    go((await ask("/channels", { server: id, name: "general" })).id);
  };
  openDialog(say("Add a server"), [name.row, bot.row], submit, say("Create"));
}

// Ask for a person, a member of the shown server, and act as them.
export function addPerson() {
  const name = nameRow(), options = LOCALES.map((value) => ({ value, label: language(value), default: value === "en-US" }));
  const locale = fieldRow(say("Language"), { type: SELECT, custom_id: "locale", options });
  const role = fieldRow(say("Role"), { type: RADIO, options: [{ value: "member", label: say("Member"), default: true },
    { value: "manager", label: say("Manager") }] });
  const server = channel()?.server ?? undefined;
  const submit = async () => {
    const about = { name: name.read(), locale: locale.read()[0], manager: role.read() === "manager", server };
    become((await ask("/people", about)).id);
  };
  openDialog(say("Add a person"), [name.row, locale.row, role.row], submit, say("Create"));
}
