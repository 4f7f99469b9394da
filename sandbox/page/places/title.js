// The title of the window: the shown channel and its server, with how many unread messages mention the person, or a dot for other
// unread ones.
import { channel, here, label, on, serverOf } from "/page/world/state.js";
import { isUnread, unreadMentions } from "/page/world/unread.js";

function mark() {
  const mentions = here.state.channels.reduce((sum, one) => sum + unreadMentions(one.id), 0);
  if (mentions) return `(${mentions}) `;
  return here.state.channels.some((one) => isUnread(one.id)) ? "• " : "";
}

function draw() {
  const now = channel();
  const place = [now && label(now), serverOf(now)?.name ?? "Sandbox"].filter(Boolean).join(" · ");
  document.title = `${mark()}${place}`;
}

on("state", draw);
on("read", draw);
