// Draw Discord's message objects.
import { make, makeButton } from "/page/base/make.js";
import { component } from "/page/messages/components.js";
import { embed } from "/page/messages/embed.js";
import { text } from "/page/messages/markdown.js";
import { file } from "/page/messages/media.js";
import { actions, press } from "/page/messages/actions.js";
import { locale, say } from "/page/words/words.js";
import { botName } from "/page/world/state.js";

const EPHEMERAL = 64, LOADING = 128;

// Return the element of a message.
export function message(found) {
  const hidden = Boolean(found.flags & EPHEMERAL), thinking = Boolean(found.flags & LOADING);
  return make("article", { id: `m${found.id}`, className: hidden ? "private" : "", tabIndex: 0 },
    replied(found.referenced_message),
    by(found),
    thinking ? make("p", { className: "thinking sub" }, say("{name} is thinking", { name: botName() })) : null,
    ...(found.message_snapshots ?? []).flatMap((snapshot) => [make("p", { className: "reply" }, `↷ ${say("Forwarded")}`), ...body(snapshot.message, found)]),
    ...body(found, found),
    hidden ? make("p", { className: "small" }, say("Only you can see this.")) : null,
    thinking ? null : make("div", { className: "menu buttons" }, ...actions(found).map(([label, act]) => makeButton({ onclick: act }, label))));
}

function replied(there) {
  if (there === undefined) return null;
  if (there === null) return make("p", { className: "reply" }, `↱ ${say("Original message was deleted")}`);
  return make("p", { className: "reply" }, `↱ ${there.author.global_name}: ${there.content ? text(there.content).textContent : say("an image")}`);
}

function by(found) {
  const time = new Date(found.timestamp).toLocaleTimeString(locale(), { timeStyle: "short" });
  return make("p", { className: "by" }, found.author.global_name, " ",
    found.author.bot ? make("span", { className: "bot" }, say("APP")) : null,
    make("span", { className: "small" }, ` ${time}${found.edited_timestamp ? ` · ${say("edited")}` : ""}`));
}

const body = (part, whole) => [
  part.content ? text(part.content) : null,
  ...part.attachments.map(file),
  ...(part.embeds ?? []).map(embed),
  ...(part.components ?? []).map((one) => component(one, (pressed, values) => press(whole, pressed, values))),
];
