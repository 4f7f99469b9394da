// The red line at the first unread message.
import { make } from "/page/base/make.js";
import { reading } from "/page/messages/scroll.js";
import { say } from "/page/words/words.js";
import { here } from "/page/world/state.js";
import { isOwn, unread } from "/page/world/unread.js";

let node = null;

// Return the line's element, or null. Its data-before is the id of the message below it. *opened*: the channel was just opened.
export function line(opened) {
  const first = unread()[0], last = here.state.messages.at(-1);
  if (opened) put(first);
  else if (last && isOwn(last)) put(null); // one's own message ends the line, as in Discord
  else if (first && !reading()) put(first);
  return node;
}

function put(found) {
  if (node && node.dataset.before === found?.id) return;
  node = found ? make("div", { className: "unread-line", role: "separator", "aria-label": say("New messages"), "data-before": found.id },
    make("span", { "aria-hidden": "true" }, say("New"))) : null;
}
