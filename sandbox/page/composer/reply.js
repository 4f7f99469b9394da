// The bar above the field: the message that is replied to. And the way to edit the last own message.
import { $, make, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { change, draft, keep } from "/page/composer/draft.js";
import { say } from "/page/words/words.js";
import { EPHEMERAL } from "/page/world/discord.js";
import { emit, here, isDeleted, on } from "/page/world/state.js";

const FORWARDED = 1 << 14;

function startReply(found) {
  change({ reply: { id: found.id, name: found.author.global_name, ping: true } });
  emit("compose");
}

// Edit the person's last message in the shown channel. Return whether there is one.
export function editLast() {
  const own = (one) => one.author.id === here.person && !(one.flags & (FORWARDED | EPHEMERAL)) && !one.message_snapshots;
  const found = here.state.messages.findLast(own);
  if (found) emit("edit", found);
  return Boolean(found);
}

// End the reply. Return whether there was one.
export function cancel() {
  if (!draft.reply) return false;
  change({ reply: null });
  emit("compose");
  return true;
}

function pings() {
  const { reply } = draft, onclick = () => change({ reply: { ...reply, ping: !reply.ping } });
  const about = { "aria-pressed": String(reply.ping), title: say("Mention the author of the message"), onclick };
  return makeButton(about, reply.ping ? say("@ On") : say("@ Off"));
}

const end = (label) => makeButton({ "aria-label": label, title: label, onclick: cancel }, "×");

// End the reply if its message was deleted, as Discord does. Return whether it was. The rest of the draft is not drawn again.
function drop() {
  if (!draft.reply || draft.channel !== here.state.shown || !isDeleted(draft.reply.id)) return false;
  draft.reply = null;
  keep();
  notify(say("The message that you were replying to was deleted. What you typed stays."));
  return true;
}

function draw() {
  drop();
  const { reply } = draft;
  $("replying").hidden = !reply;
  if (!reply) return;
  const sentence = say("Replying to {name}", { name: reply.name });
  $("replying").replaceChildren(make("span", {}, sentence), pings(), end(say("Cancel reply")));
}

on("reply", startReply);
on("draft", draw);
on("state", () => drop() && draw());
