// What the sandbox refuses, as a person reads it. On the left is what its sentences hold, for logs and tests: a test compares them.
import { say } from "/page/words/words.js";

const CHANGED = () => say("This can no longer be chosen. Choose again.");
const UNSEEN = () => say("You can no longer see this channel.");
const GONE = () => say("This is no longer there: it was deleted, or the sandbox was restarted.");
const KNOWN = Object.entries({
  "the message that you reply to was deleted": () => say("The message that you reply to was deleted. Send yours without the reply."),
  "that modal is no longer open": () => say("This form is no longer open. Use the command or the button again."),
  "that modal has been sent and waits for the bot": () => say("This form has been sent. Wait for the bot."),
  "the channel of that modal was deleted": () => say("The channel of this form was deleted, so the form can no longer be sent."),
  "that message has no enabled component": () => say("This can no longer be used: the bot has changed the message."),
  " may not post this in ": () => say("You do not have permission to post this here."),
  " may not start a thread in ": () => say("You do not have permission to start a thread here."),
  "deleting another author's message needs Manage Messages": () => say("You do not have permission to delete this message."),
  " is a forum: start a post instead": () => say("This is a forum. Create a post instead."),
  " is locked": () => say("This thread is locked"),
  " cannot see a channel ": UNSEEN,
  " cannot see the channel of that message": UNSEEN,
  " is not offered a command ": () => say("This command is not offered here."),
  "there is no upload ": () => say("A file is no longer in the sandbox. Attach it again."),
  "there is no user ": CHANGED,
  "this server has no role ": CHANGED,
  " cannot be chosen here": CHANGED,
  " has no such option": CHANGED,
  "KeyError": GONE,
});
const CLASS = /^([A-Z]\w+): /; // of Python, for logs

// Return the sentence of a refusal in the person's language. One that the page does not know stays as the sandbox says it.
export function refusal(text) {
  if (!text) return say("The sandbox refused this.");
  const [, known] = KNOWN.find(([part]) => text.includes(part)) ?? [];
  return known?.() ?? written(text.replace(CLASS, ""));
}

const written = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
