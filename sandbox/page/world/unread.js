// What is unread, for each person in this tab. The shown channel is that of the state: `here.channel` may be ahead of it.
// What was there when a person came first counts as read.
import { emit, here, on } from "/page/world/state.js";

let key = "", read = {};

// Return whether a message is newer than another one, by their ids.
export const newer = (id, than) => BigInt(id) > BigInt(than ?? 0);

on("state", () => {
  const now = `read ${here.state.run} ${here.person}`;
  if (now === key) return;
  key = now;
  const kept = sessionStorage.getItem(key);
  read = kept ? JSON.parse(kept) : { ...here.state.newest };
  if (!kept) keep();
});

const keep = () => sessionStorage.setItem(key, JSON.stringify(read));

// Return whether a channel has messages of others that the person has not read.
export const isUnread = (id) => newer(here.state.newest_of_others[id] ?? 0, read[id]);

// Return how many unread messages of a channel mention the person.
export const unreadMentions = (id) => (here.state.pings[id] ?? []).filter((one) => newer(one, read[id])).length;

// Return whether the person wrote a message, or asked a bot for it.
export const isOwn = (found) => [found.author.id, found.interaction_metadata?.user?.id].includes(here.person);

const isNew = (found) => newer(found.id, read[here.state.shown]) && found.author.id !== here.person;

// Return the unread messages of the shown channel.
export const unread = () => (isUnread(here.state.shown) ? here.state.messages.filter(isNew) : []);

// Count the shown channel as read. Emit `read` if that is new.
export function markRead() {
  if (!isUnread(here.state.shown)) return;
  read[here.state.shown] = here.state.newest[here.state.shown];
  keep();
  emit("read");
}
