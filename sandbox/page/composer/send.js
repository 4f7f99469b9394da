// Send the draft: a message, an edited message or a command. What cannot be sent comes back into the draft.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { ask, upload } from "/page/base/server.js";
import { uploaded } from "/page/composer/attachments.js";
import { findWrong, optionValues } from "/page/composer/command_form.js";
import { draft, putBack, takeOut } from "/page/composer/draft.js";
import { content, takeTyped } from "/page/composer/message_field.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS } from "/page/world/discord.js";
import { emit, here } from "/page/world/state.js";

const SLOW_MS = 300;
let queue = Promise.resolve(); // messages arrive in the order in which they were sent

// Send the draft of the shown channel. A command that is typed is taken first.
export function send() {
  if (takeTyped()) return undefined;
  if (draft.command) return sendCommand();
  const text = content();
  if (text.length > MOST_CHARS) return notify(tooLong(text.length));
  return text || draft.files.length ? sendMessage(text) : undefined;
}

const tooLong = (count) => say("Your message has {count} characters. The most is {most}.", { count, most: MOST_CHARS });

function sendMessage(text) {
  const taken = takeOut(), { person, channel, reply } = taken;
  deliver(taken, async () => {
    const about = reply ? { reply_to: reply.id, ping_reply: reply.ping } : {};
    await ask("/act/message", { person, channel, content: text, uploads: await uploaded(taken.files), ...about });
  });
}

function sendCommand() {
  const wrong = findWrong();
  if (wrong) return notify(wrong);
  const options = optionValues(), taken = takeOut({ reply: draft.reply }), { person, channel, command } = taken;
  emit("compose");
  deliver({ ...taken, reply: null }, async () => {
    for (const [name, value] of Object.entries(options)) if (value.file) options[name] = await upload(value.file);
    await ask("/act/slash", { person, tab: here.tab, channel, command: command.typed, options });
  });
  return undefined;
}

function deliver(taken, work) {
  const slow = setTimeout(() => { $("sending").textContent = say("Sending…"); }, SLOW_MS);
  queue = queue.then(work).then(() => release(taken), (error) => {
    putBack(taken);
    notify(error.message);
  }).finally(() => {
    clearTimeout(slow);
    $("sending").textContent = "";
  });
}

function release({ files, command }) {
  for (const item of [...files, ...(command?.fields ?? []).map((one) => one.item)]) item?.release();
}
