// Delete a message.
import { make } from "/page/base/make.js";
import { ask, attempt } from "/page/base/server.js";
import { openDialog } from "/page/forms/dialogs.js";
import { nameOf } from "/page/messages/avatar.js";
import { firstWords } from "/page/messages/context.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";

const SHOWN = 200; // characters

// Ask whether a message is to be deleted. With Shift held, as in Discord, do not ask.
export function openRemove(found, event) {
  const about = { person: here.person, message: found.id };
  if (event?.shiftKey) return attempt("/act/delete", about);
  const quote = make("blockquote", { className: "quote" }, `${nameOf(found.author)}: ${firstWords(found).slice(0, SHOWN)}`);
  return openDialog(say("Delete this message?"), [quote], () => ask("/act/delete", about), say("Delete"));
}
