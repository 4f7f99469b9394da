// One message: who says what, when, and in answer to what.
import { $, PHONE, avatar, make, makeButton } from "/page/base/make.js";
import { openMenu } from "/page/base/popup.js";
import { clockTime, fullTime, sentTime, writeTime } from "/page/base/time.js";
import { press } from "/page/messages/actions.js";
import { attachments, component, embed } from "/page/messages/components.js";
import { jump, plain, text } from "/page/messages/markdown.js";
import { reactions, showWaiting, whileSending } from "/page/messages/waiting.js";
import { locale, say } from "/page/words/words.js";
import { EPHEMERAL, LOADING, PINNED, TEXT_DISPLAY, channelOf, emit, here, isThread, label, localized } from "/page/world/state.js";

// The avatar and the name of who wrote a message.

// Return the avatar of a user: the mark of our bot, or the first letter of the name.
export function face(user, small = false) {
  const name = nameOf(user), node = avatar(user.id, name);
  node.classList.toggle("tiny", small);
  if (user.bot && name === "Wanvas") node.replaceChildren(make("img", { src: "/page/icon.svg", alt: "" }));
  return node;
}

// Return the name that Discord shows. A name without any visible letter gets a sign in its place.
export function nameOf(user) {
  const name = (user.global_name ?? user.username ?? "").replace(/[\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/gu, "").trim();
  return name || "?";
}

// Which messages belong together, and where a day begins.
const TOGETHER_MS = 7 * 60 * 1000;

const day = (found) => new Date(found.timestamp).toDateString();
const stands = (found) => found.referenced_message !== undefined || Boolean(found.interaction) || found.type === PINNED;

// Return whether a message follows *before* without an avatar and a name of its own.
function isGrouped(found, before) {
  if (!before || before.type === PINNED || stands(found) || day(found) !== day(before)) return false;
  if (found.author.id !== before.author.id || (found.flags ^ before.flags) & EPHEMERAL) return false;
  return Date.parse(found.timestamp) - Date.parse(before.timestamp) < TOGETHER_MS;
}

// Return the line that names the day of a message, if the message *before* is of another day. Else null.
export function dayLine(found, before) {
  if (before && day(found) === day(before)) return null;
  const name = writeTime(Date.parse(found.timestamp), { dateStyle: "long" });
  return make("div", { className: "day", role: "separator", "aria-label": name }, make("span", { "aria-hidden": "true" }, name));
}

// What only this tab knows of the messages: which ones the person dismissed, and which commands the bot did not answer.
const DISMISSED = "dismissed"; // in the tab's storage

let dismissed = new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));
let failures = []; // messages of the page's own

// Remove a message from this tab. The bot does not hear of it.
function dismiss(found) {
  const node = document.getElementById(`m${found.id}`), next = node?.nextElementSibling ?? node?.previousElementSibling;
  dismissed.add(found.id);
  failures = failures.filter((one) => one.id !== found.id);
  sessionStorage.setItem(DISMISSED, JSON.stringify([...dismissed].slice(-200)));
  emit("state", here.state);
  (next?.isConnected ? next : document.getElementById("words"))?.focus();
}

// Show that the bot did not answer a command. *user* and *name* are those of the interaction.
export function addFailure({ id, channel, person, user, name, type, timestamp }) {
  const { bot, bot_name: botName } = here.state;
  const author = { id: bot, bot: true, global_name: botName ?? "Wanvas" };
  const empty = { content: "", attachments: [], embeds: [], components: [] };
  failures.push({ ...empty, id, failed: true, channel, person, author, type, interaction: { user, name }, flags: EPHEMERAL, timestamp });
  emit("state", here.state);
}

// Return the messages that this tab shows, oldest first.
export function withLocal(messages) {
  const mine = failures.filter((one) => one.channel === here.channel && one.person === here.person);
  const kept = messages.filter((one) => !dismissed.has(one.id));
  return mine.length ? [...kept, ...mine].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1)) : kept;
}

// What stands above and below a message: who used which command, what it replies to, what it forwards, and its thread.
const MEDIA = new Set([11, 12, 13]);
const MENU = 23; // the type of an answer to a command of a message's menu

// Return a sentence with elements in the place of {names}.
const fill = (sentence, parts) => sentence.split(/\{(\w+)\}/).map((bit, n) => (n % 2 ? parts[bit] : bit));

// Return the line that says who used which command, or null.
function used(found) {
  const about = found.interaction;
  if (!about) return null;
  const name = make("b", {}, nameOf(about.user));
  const command = make("span", { className: "mention" }, found.type === MENU ? shownName(about.name, [2, 3]) : `/${shownName(about.name, [1])}`);
  const words = make("span", {}, ...fill(say("{name} used {command}"), { name, command }));
  return make("p", { className: "context" }, face(about.user, true), words);
}

// Return the name of a command, with its groups, in the person's language.
function shownName(name, types) {
  let inner = here.state.commands.filter((one) => types.includes(one.type));
  const words = types.includes(1) ? name.split(" ") : [name];
  return words.map((word) => {
    const found = inner.find((one) => one.name === word);
    inner = found?.options ?? [];
    return found ? localized(found, "name") : word;
  }).join(" ");
}

// Return the sentence that says that a message was pinned. A click jumps to the message.
function pinned(found) {
  const { channel_id: channel, message_id: target } = found.message_reference;
  const about = { className: "link", title: say("Jump to this message"), onclick: () => jump(channel, target) };
  return makeButton(about, firstWords(found));
}

// Return the preview of the message that a message replies to, or null. A click jumps to the message.
function replied(found) {
  const there = found.referenced_message;
  if (there === undefined) return null;
  if (there === null) return make("p", { className: "context" }, make("em", {}, say("Original message was deleted")));
  return makeButton({ className: "context", title: say("Jump to this message"), onclick: () => jump(there.channel_id, there.id) },
    face(there.author, true), make("b", {}, `@${nameOf(there.author)}`), make("span", { className: "line" }, ...preview(there)));
}

function preview(there) {
  const words = firstWords(there);
  if (words) return [words];
  return [make("em", {}, hasFiles(there) ? say("Click to see attachment") : say("Click to see message"))];
}

// Return all components, also those inside others.
export function* every(parts) {
  for (const part of parts ?? []) {
    yield part;
    yield* every(part.components);
    if (part.accessory) yield part.accessory;
  }
}

const hasFiles = (found) => found.attachments?.length > 0 || [...every(found.components)].some((part) => MEDIA.has(part.type));

// Return the first words that a message shows, in one line, or an empty text.
export function firstWords(found) {
  if (found.type === PINNED) return say("{name} pinned a message to this channel.", { name: nameOf(found.author) });
  const shown = [...every(found.components)].find((part) => part.type === TEXT_DISPLAY)?.content;
  const embed = found.embeds?.[0];
  return plain((found.content || shown || embed?.title || embed?.description || "").slice(0, 300));
}

// Return a forwarded message. *inner* are the elements of its body: what could be pressed there, can be pressed at the source alone.
function forwarded(found, snapshot, inner) {
  const { channel_id: channel, message_id: message } = found.message_reference, source = channelOf(channel);
  for (const control of make("div", {}, ...inner).querySelectorAll("[data-custom-id]")) control.disabled = true;
  const from = [source ? label(source) : null, sentTime(Date.parse(snapshot.timestamp))].filter(Boolean).join(" · ");
  const about = { className: "from small", title: say("Jump to this message"), onclick: () => jump(channel, message) };
  return make("div", { className: "forwarded" }, make("p", { className: "small" }, make("em", {}, `↷ ${say("Forwarded")}`)), ...inner,
    source ? makeButton(about, `${from} ›`) : make("p", { className: "small" }, from));
}

// Return the box of the thread that was started at a message, or null. Such a thread has the id of its message.
function thread(found) {
  const there = channelOf(found.id);
  if (!isThread(there) || there.id === here.channel) return null;
  const about = there.messages === 1 ? say("1 message") : say("{count} messages", { count: there.messages ?? 0 });
  const onclick = () => jump(there.id), count = make("span", { className: "mention" }, `${about} ›`);
  return makeButton({ className: "started", onclick }, make("b", {}, there.name), " ", count);
}

// Draw Discord's message objects.
const SUPPRESS_EMBEDS = 1 << 2, COMPONENTS_V2 = 1 << 15; // a card shows only what its components show

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
  ...attachments((part.flags & COMPONENTS_V2 ? [] : part.attachments) ?? []),
  ...(part.flags & SUPPRESS_EMBEDS ? [] : part.embeds ?? []).map(embed),
  ...(part.components ?? []).map((one) => component(one, (pressed, values) => whileSending(whole, pressed, press(whole, pressed, values)))),
];

function note(found) {
  if (!(found.flags & EPHEMERAL)) return null;
  const away = makeButton({ className: "link", onclick: () => dismiss(found) }, say("Dismiss message"));
  return make("p", { className: "only small" }, say("Only you can see this"), " · ", away);
}

// Open a menu about a message, as `openMenu` does; on a phone at the foot of the page. The focus returns to the message.
export function openMenuAbout(found, anchor, label, groups, columns) {
  const close = () => document.activeElement === document.body && $(`m${found.id}`)?.focus({ preventScroll: true });
  openMenu(anchor, label, groups, { columns, sheet: PHONE.matches, close });
}
