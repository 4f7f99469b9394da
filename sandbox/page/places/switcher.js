// Go to another place, create one, or act as another person.
import { $, avatar, make } from "/page/base/make.js";
import { makeListbox, openMenu } from "/page/base/popup.js";
import { ask } from "/page/base/server.js";
import { openDialog } from "/page/forms/dialogs.js";
import { field, nameField, row } from "/page/forms/fields.js";
import { THEMES, setTheme, theme } from "/page/places/header.js";
import { LOCALES, language, say } from "/page/words/words.js";
import { become, channel, go, here, label, me, on, serverOf } from "/page/world/state.js";

// Find a place by its name: Ctrl+K, as in Discord, or the button above the sidebar.
const MOST = 12;

// Return the places that *typed* names, those that begin with it first.
function fitting(typed) {
  const wanted = typed.trim().toLowerCase().replace(/^[@#]/, "");
  const rank = (found) => label(found).toLowerCase().replace(/^\W+/u, "").indexOf(wanted);
  const named = here.state.channels.map((found) => [rank(found), found]).filter(([at]) => at >= 0);
  return named.sort(([one], [other]) => Math.min(one, 1) - Math.min(other, 1)).slice(0, MOST).map(([, found]) => found);
}

function placeFace(found) {
  const server = serverOf(found)?.name;
  return make("span", { className: "found" }, make("bdi", {}, label(found)), server ? make("span", { className: "small" }, server) : null);
}

function openQuick() {
  if (document.querySelector("dialog[open]")) return;
  const field = make("input", { role: "combobox", "aria-expanded": "true", autocomplete: "off", "aria-label": say("Find a place"),
    placeholder: say("Find a place") });
  const dialog = make("dialog", { className: "quick", "aria-label": say("Find a place"), onclose: () => dialog.remove(),
    onclick: (event) => event.target === dialog && dialog.close() });
  const list = makeListbox(field, say("Places"), (id) => { dialog.close(); go(id); });
  const none = make("p", { className: "small", role: "status" });
  const show = () => {
    list.show(fitting(field.value).map((found) => ({ value: found.id, node: placeFace(found) })));
    none.textContent = list.size ? "" : say("Nothing found");
  };
  field.addEventListener("input", show);
  field.addEventListener("keydown", list.key);
  dialog.append(field, list.node, none);
  document.body.append(dialog);
  dialog.showModal();
  show();
}

addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  openQuick();
});
$("find").addEventListener("click", openQuick);

// Dialogs that add a channel, a server or a person to the sandbox. In Discord some of this needs rights; here anyone sets the stage.
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
function addPerson() {
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

// Whom this tab acts as: the person at the foot of the sidebar, and the menu that changes it.

// Return the role of a person in words.
function role(person) {
  if (person.operator) return say("Operator");
  return person.manager ? say("Manager") : say("Member");
}

const about = (person) => [role(person), language(person.locale)].join(" · ");

function personFace(person) {
  return [avatar(person.id, person.name), make("span", { className: "who" },
    make("bdi", { className: "name", lang: person.locale }, person.name),
    make("span", { className: "small" }, about(person)))];
}

function people() {
  const items = here.state.people.map((one) => ({ node: make("span", { className: "person" }, ...personFace(one)),
    checked: one.id === here.person, act: () => become(one.id) }));
  return { label: say("Act as"), items };
}

function themes() {
  const names = { system: say("System"), light: say("Light"), dark: say("Dark") };
  return { label: say("Theme"), items: THEMES.map((name) => ({ text: names[name], checked: theme() === name,
    act: () => setTheme(name) })) };
}

const openSwitcher = () => openMenu($("me"), say("Act as"), [people(), { items: [{ text: say("Add a person"), act: addPerson }] }, themes()],
  { above: true });

function draw() {
  $("me").replaceChildren(...personFace(me()), make("span", { className: "unseen" }, say("Act as another person, or change the theme")));
}

$("me").addEventListener("click", openSwitcher);
on("state", draw);
