// What stands above and below a message: who used which command, what it replies to, what it forwards, and its thread.
import { make, makeButton } from "/page/base/make.js";
import { face, nameOf } from "/page/messages/avatar.js";
import { jump } from "/page/messages/links.js";
import { plain } from "/page/messages/markdown.js";
import { sentTime } from "/page/messages/times.js";
import { say } from "/page/words/words.js";
import { PINNED, TEXT_DISPLAY } from "/page/world/discord.js";
import { channelOf, here, isThread, label, localized } from "/page/world/state.js";

const MEDIA = new Set([11, 12, 13]);
const MENU = 23; // the type of an answer to a command of a message's menu

// Return a sentence with elements in the place of {names}.
const fill = (sentence, parts) => sentence.split(/\{(\w+)\}/).map((bit, n) => (n % 2 ? parts[bit] : bit));

// Return the line that says who used which command, or null.
export function used(found) {
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
export function pinned(found) {
  const { channel_id: channel, message_id: target } = found.message_reference;
  const about = { className: "link", title: say("Jump to this message"), onclick: () => jump(channel, target) };
  return makeButton(about, firstWords(found));
}

// Return the preview of the message that a message replies to, or null. A click jumps to the message.
export function replied(found) {
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
export function forwarded(found, snapshot, inner) {
  const { channel_id: channel, message_id: message } = found.message_reference, source = channelOf(channel);
  for (const control of make("div", {}, ...inner).querySelectorAll("[data-custom-id]")) control.disabled = true;
  const from = [source ? label(source) : null, sentTime(Date.parse(snapshot.timestamp))].filter(Boolean).join(" · ");
  const about = { className: "from small", title: say("Jump to this message"), onclick: () => jump(channel, message) };
  return make("div", { className: "forwarded" }, make("p", { className: "small" }, make("em", {}, `↷ ${say("Forwarded")}`)), ...inner,
    source ? makeButton(about, `${from} ›`) : make("p", { className: "small" }, from));
}

// Return the box of the thread that was started at a message, or null. Such a thread has the id of its message.
export function thread(found) {
  const there = channelOf(found.id);
  if (!isThread(there) || there.id === here.channel) return null;
  const about = there.messages === 1 ? say("1 message") : say("{count} messages", { count: there.messages ?? 0 });
  const onclick = () => jump(there.id), count = make("span", { className: "mention" }, `${about} ›`);
  return makeButton({ className: "started", onclick }, make("b", {}, there.name), " ", count);
}
