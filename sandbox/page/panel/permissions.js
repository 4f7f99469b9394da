// What the bot and the acting person may do in the shown channel; the bot's permissions there can be allowed or denied.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeRows, makeSection, write } from "/page/panel/section.js";
import { say } from "/page/words/words.js";
import { botName, channel, here, label, me } from "/page/world/state.js";

const NAMES = {
  ADMINISTRATOR: () => say("Administrator"),
  MANAGE_CHANNELS: () => say("Manage Channels"),
  MANAGE_GUILD: () => say("Manage Server"),
  ADD_REACTIONS: () => say("Add Reactions"),
  VIEW_CHANNEL: () => say("View Channel"),
  SEND_MESSAGES: () => say("Send Messages"),
  MANAGE_MESSAGES: () => say("Manage Messages"),
  EMBED_LINKS: () => say("Embed Links"),
  ATTACH_FILES: () => say("Attach Files"),
  READ_MESSAGE_HISTORY: () => say("Read Message History"),
  MENTION_EVERYONE: () => say("Mention Everyone"),
  MANAGE_ROLES: () => say("Manage Roles"),
  USE_APPLICATION_COMMANDS: () => say("Use Application Commands"),
  MANAGE_THREADS: () => say("Manage Threads"),
  CREATE_PUBLIC_THREADS: () => say("Create Public Threads"),
  SEND_MESSAGES_IN_THREADS: () => say("Send Messages in Threads"),
  USE_EXTERNAL_APPS: () => say("Use External Apps"),
  PIN_MESSAGES: () => say("Pin Messages"),
};

export function makePermissions() {
  const where = make("p", { className: "small" }), bot = make("th", { scope: "col" }), person = make("th", { scope: "col" });
  const head = make("tr", {}, make("th", { scope: "col" }, say("Permission")), bot, person,
    make("th", { scope: "col" }, say("In this channel")));
  const rows = make("tbody"), table = make("table", {}, make("thead", {}, head), rows);
  let found = null;
  const show = makeRows(rows, (one) => one.name, (one) => makeRow(one.name, set));
  const section = makeSection("permissions", say("Permissions"), async () => {
    const shown = channel();
    table.hidden = !shown;
    if (!shown) return;
    found = { ...await ask(`/permissions?${new URLSearchParams({ channel: shown.id, person: here.person })}`), channel: shown.id };
    write(where, found.changeable ? label(shown) : say("{channel} has no permissions of its own.", { channel: label(shown) }));
    write(bot, botName());
    write(person, me().name);
    show(found.names.map((name) => state(found, name)));
  });

  // Write the bot's whole overwrite again, with one permission changed: "allow", "deny" or "inherit".
  function set(name, how) {
    const without = (list) => list.filter((one) => one !== name);
    const allow = without(found.allow), deny = without(found.deny);
    if (how === "allow") allow.push(name);
    if (how === "deny") deny.push(name);
    section.run(() => ask("/overwrites", { channel: found.channel, target: here.state.bot, allow, deny }));
  }

  section.body.prepend(where, table);
  return section;
}

const state = (found, name) => ({
  name, bot: found.bot.includes(name), person: found.person.includes(name), changeable: found.changeable,
  how: found.allow.includes(name) ? "allow" : found.deny.includes(name) ? "deny" : "inherit",
});

function makeRow(name, set) {
  const title = NAMES[name]?.() ?? name, bot = make("td"), person = make("td");
  const ways = [["inherit", say("by roles")], ["allow", say("allow")], ["deny", say("deny")]];
  const how = make("select", { "aria-label": title, onchange: () => set(name, how.value) },
    ...ways.map(([value, text]) => make("option", { value }, text)));
  const update = (one) => {
    mark(bot, one.bot);
    mark(person, one.person);
    how.value = one.how;
    how.disabled = !one.changeable;
  };
  return { node: make("tr", {}, make("th", { scope: "row" }, title), bot, person, make("td", {}, how)), update };
}

function mark(cell, may) {
  cell.replaceChildren(make("span", { role: "img", "aria-label": may ? say("yes") : say("no") }, may ? "✓" : "✕"));
  cell.className = may ? "yes" : "no";
}
