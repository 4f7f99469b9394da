// The bar above the field: the message that is replied to, or the own message that is edited.
import { $, make, makeButton } from "/page/base/make.js";
import { change, draft } from "/page/composer/draft.js";
import { fromContent } from "/page/composer/mentions.js";
import { say } from "/page/words/words.js";
import { emit, here, on } from "/page/world/state.js";

const FORWARDED = 1 << 14, EPHEMERAL = 64;

function startReply(found) {
  change({ reply: { id: found.id, name: found.author.global_name, ping: true } });
  emit("compose");
}

// Edit a sent message of the person in the field. What was typed comes back afterwards.
function startEdit(found) {
  if (draft.editing?.id === found.id) return;
  const before = draft.editing?.before ?? { text: draft.text, mentions: draft.mentions };
  change({ ...fromContent(found.content), editing: { id: found.id, original: found.content, before } });
  emit("compose");
}

// Edit the person's last message in the shown channel. Return whether there is one.
export function editLast() {
  const own = (one) => one.author.id === here.person && !(one.flags & (FORWARDED | EPHEMERAL)) && !one.message_snapshots;
  const found = here.state.messages.findLast(own);
  if (found) startEdit(found);
  return Boolean(found);
}

// End the editing or the reply. Return whether there was one.
export function cancel() {
  if (draft.editing) change({ ...draft.editing.before, editing: null });
  else if (draft.reply) change({ reply: null });
  else return false;
  emit("compose");
  return true;
}

function pings() {
  const { reply } = draft, onclick = () => change({ reply: { ...reply, ping: !reply.ping } });
  const about = { "aria-pressed": String(reply.ping), title: say("Mention the author of the message"), onclick };
  return makeButton(about, reply.ping ? say("@ On") : say("@ Off"));
}

const end = (label) => makeButton({ "aria-label": label, title: label, onclick: cancel }, "×");

function draw() {
  const { reply, editing } = draft;
  $("replying").hidden = !reply && !editing;
  const bar = (sentence, ...buttons) => $("replying").replaceChildren(make("span", {}, sentence), ...buttons);
  if (editing) bar(say("Editing your message. Enter saves, Esc cancels."), end(say("Cancel editing")));
  else if (reply) bar(say("Replying to {name}", { name: reply.name }), pings(), end(say("Cancel reply")));
}

on("reply", startReply);
on("edit", startEdit);
on("draft", draw);
