// Copy the text of a message, its link and its id.
import { notify } from "/page/base/notice.js";
import { every } from "/page/messages/context.js";
import { say } from "/page/words/words.js";
import { TEXT_DISPLAY } from "/page/world/discord.js";
import { channel } from "/page/world/state.js";

// Copy a text, and say so.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify(say("Copied"), { calm: true });
  } catch {
    notify(say("The browser does not allow copying here."));
  }
}

const textsOf = (found) => [...every(found.components)].filter((part) => part.type === TEXT_DISPLAY).map((part) => part.content);

// Return the text of a message: its content, or the texts of its components.
export const wordsOf = (found) => [found.content, ...textsOf(found)].filter(Boolean).join("\n");

// Return the link of a message, as Discord writes it. The page jumps there if it is pressed in a message.
export const linkOf = (found) => `https://discord.com/channels/${channel().server ?? "@me"}/${found.channel_id}/${found.id}`;
