// Draw Discord's message objects.
import { make, makeButton } from "/page/base/make.js";
import { press } from "/page/messages/actions.js";
import { face, nameOf } from "/page/messages/avatar.js";
import { component } from "/page/messages/components.js";
import { firstWords, forwarded, pinned, replied, thread, used } from "/page/messages/context.js";
import { embed } from "/page/messages/embed.js";
import { isGrouped } from "/page/messages/group.js";
import { dismiss } from "/page/messages/local.js";
import { text } from "/page/messages/markdown.js";
import { attachments } from "/page/messages/media.js";
import { reactions } from "/page/messages/reactions.js";
import { clockTime, fullTime, sentTime } from "/page/messages/times.js";
import { showWaiting, whileSending } from "/page/messages/waiting.js";
import { locale, say } from "/page/words/words.js";
import { EPHEMERAL, LOADING, PINNED } from "/page/world/discord.js";
import { here } from "/page/world/state.js";

const SUPPRESS_EMBEDS = 1 << 2;

// Return the element of a message. *before*: the message above it, which it may belong to.
export function message(found, before) {
  const grouped = isGrouped(found, before), at = Date.parse(found.timestamp);
  const node = make("article", { id: `m${found.id}`, className: classes(found, grouped), "aria-label": named(found) },
    used(found), replied(found),
    grouped ? gutter(at) : face(found.author),
    make("div", { className: "said" }, grouped ? null : by(found, at), ...shown(found), note(found)));
  return showWaiting(node, found);
}

const gutter = (at) => make("time", { lang: locale(), className: "gutter", "aria-hidden": "true", title: fullTime(at) }, clockTime(at));

function classes(found, grouped) {
  const pings = found.mention_everyone || found.mentions?.some((one) => one.id === here.person);
  return ["message", found.flags & EPHEMERAL && "private", grouped && "grouped", pings && "pings"].filter(Boolean).join(" ");
}

// Return what a screen reader says first: the author, the time and the first words.
function named(found) {
  const words = found.flags & LOADING ? say("thinking…") : firstWords(found);
  return [nameOf(found.author), sentTime(Date.parse(found.timestamp)), words.slice(0, 80)].filter(Boolean).join(", ");
}

function by(found, at) {
  return make("p", { className: "by" }, make("bdi", { className: "name" }, nameOf(found.author)),
    found.author.bot ? make("span", { className: "bot" }, say("APP")) : null,
    make("time", { lang: locale(), className: "small", dateTime: found.timestamp, title: fullTime(at) }, sentTime(at)));
}

function shown(found) {
  if (found.failed) return [make("p", { className: "wrong" }, say("The application did not respond"))];
  if (found.flags & LOADING) return [thinks(found)];
  if (found.type === PINNED) return [pinned(found)];
  return [
    ...(found.message_snapshots ?? []).map((one) => forwarded(found, one.message, body(one.message, found))),
    ...withEdited(found, body(found, found).filter(Boolean)),
    reactions(found),
    thread(found),
  ];
}

function thinks(found) {
  const dots = make("span", { className: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  return make("p", { className: "thinking sub" }, say("{name} is thinking…", { name: nameOf(found.author) }), dots);
}

// Add "(edited)" to the elements of an edited message: after its last words, or below what it shows.
function withEdited(found, nodes) {
  if (!found.edited_timestamp) return nodes;
  const sign = make("span", { className: "edited small", title: fullTime(Date.parse(found.edited_timestamp)) }, `(${say("edited")})`);
  const words = nodes.at(-1)?.matches(".text") ? nodes.at(-1).lastElementChild : null;
  if (!words?.matches("p")) return [...nodes, sign];
  words.append(" ", sign);
  return nodes;
}

const body = (part, whole) => [
  part.content ? text(part.content) : null,
  ...(part.sticker_items ?? []).map((one) => make("span", { className: "sticker" }, one.name)),
  ...attachments(part.attachments ?? []),
  ...(part.flags & SUPPRESS_EMBEDS ? [] : part.embeds ?? []).map(embed),
  ...(part.components ?? []).map((one) => component(one, (pressed, values) => whileSending(whole, pressed, press(whole, pressed, values)))),
];

function note(found) {
  if (!(found.flags & EPHEMERAL)) return null;
  const away = makeButton({ className: "link", onclick: () => dismiss(found) }, say("Dismiss message"));
  return make("p", { className: "only small" }, say("Only you can see this"), " · ", away);
}
