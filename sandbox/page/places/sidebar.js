// The servers, channels, threads and direct messages that the person sees.
import { $, make, makeButton } from "/page/base/make.js";
import { attempt } from "/page/base/server.js";
import { say } from "/page/words/words.js";
import { botName, go, here, isThread, label, on } from "/page/world/state.js";

function entry(found) {
  const small = (text, title) => make("span", { className: "small", title }, ` ${text}`);
  const classes = ["place", isThread(found) && "thread", found.archived && "archived"].filter(Boolean).join(" ");
  return makeButton({ className: classes, "aria-current": found.id === here.channel ? "page" : null, onclick: () => show(found.id) },
    label(found), found.nsfw && !isThread(found) ? small("18+", say("Age-restricted")) : null, found.archived ? small(found.locked ? say("locked") : say("archived")) : null);
}

function show(channel) {
  document.body.classList.remove("aside");
  go(channel);
}

const withThreads = (found) => [entry(found), ...here.state.channels.filter((one) => one.parent === found.id).map(entry)];

function server(found) {
  const channels = here.state.channels.filter((one) => one.server === found.id && !one.parent);
  return [make("h2", {}, found.name, found.bot ? null : make("span", { className: "small" }, ` ${say("without the bot")}`)), ...channels.flatMap(withThreads)];
}

async function sayHello() {
  if (await attempt("/act/message", { person: here.person, channel: "dm", content: say("Hello") })) show("dm");
}

function direct() {
  const found = here.state.channels.filter((one) => one.server === null);
  const first = found.some((one) => one.dm) ? [] : [makeButton({ className: "place", onclick: sayHello }, `@${botName()} `, make("span", { className: "small" }, say("say hello")))];
  return [make("h2", {}, say("Direct messages")), ...first, ...found.map(entry)];
}

on("state", () => $("places").replaceChildren(...here.state.servers.flatMap(server), ...direct()));
