// Send the draft: a message, an edited message or a command. What cannot be sent comes back into the draft.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { ask, upload } from "/page/base/server.js";
import { uploaded } from "/page/composer/attachments.js";
import { findWrong, optionValues } from "/page/composer/command_form.js";
import { draft, putBack, takeOut } from "/page/composer/draft.js";
import { content, takeTyped } from "/page/composer/message_field.js";
import { warn } from "/page/composer/warning.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS } from "/page/world/discord.js";
import { emit, here } from "/page/world/state.js";

const SLOW_MS = 300;
const queues = new Map(); // by person and channel: what was sent arrives in its order, and waits for no other channel
const slow = new Set(); // what has been on its way for a while
let forgetFailure = () => {};

// Send the draft of the shown channel. A command that is typed is taken first.
export function send() {
  if (takeTyped()) return undefined;
  if (draft.command) return sendCommand();
  const text = content();
  if (text.length > MOST_CHARS) return warn(tooLong(text.length));
  return text || draft.files.length ? sendMessage(text) : undefined;
}

const tooLong = (count) => say("Your message has {count} characters. The most is {most}.", { count, most: MOST_CHARS });

function sendMessage(text) {
  const taken = takeOut(), { person, channel, reply } = taken;
  deliver(taken, async () => {
    const uploads = await uploaded(taken.files), about = reply ? { reply_to: reply.id, ping_reply: reply.ping } : {};
    await inTurn(taken, () => ask("/act/message", { person, channel, content: text, uploads, ...about }));
  });
}

function sendCommand() {
  const wrong = findWrong();
  if (wrong) return warn(wrong);
  const options = optionValues(), taken = takeOut({ reply: draft.reply }), { person, channel, command } = taken;
  emit("compose");
  deliver({ ...taken, reply: null }, async () => {
    for (const [name, value] of Object.entries(options)) if (value.file) options[name] = await upload(value.file);
    await inTurn(taken, () => ask("/act/slash", { person, tab: here.tab, channel, command: command.typed, options }));
  });
  return undefined;
}

// Call *send* after what the person sent before in that channel.
function inTurn({ person, channel }, send) {
  const key = `${person}/${channel}`, sent = (queues.get(key) ?? Promise.resolve()).then(send);
  queues.set(key, sent.catch(() => {}));
  return sent;
}

async function deliver(taken, work) {
  const timer = setTimeout(() => showSlow(() => slow.add(taken)), SLOW_MS);
  try {
    await work();
    release(taken);
    forgetFailure();
  } catch (error) {
    putBack(taken);
    forgetFailure = notify(error.message);
  }
  clearTimeout(timer);
  showSlow(() => slow.delete(taken));
}

function showSlow(change) {
  change();
  $("sending").textContent = slow.size ? say("Sending…") : "";
}

function release({ files, command }) {
  for (const item of [...files, ...(command?.fields ?? []).map((one) => one.item)]) item?.release();
}
