// The title of the window: the shown channel, its server, and a mark while something is unread in the background.
import { channel, here, label, on, serverOf } from "/page/world/state.js";

let seen = null; // the newest message of each channel when the person last looked

const newest = () => JSON.stringify(here.state.newest);

function draw() {
  if (!document.hidden || seen === null) seen = newest();
  const now = channel(), server = serverOf(now)?.name;
  const place = [now && label(now), server, server ? null : "Sandbox"].filter(Boolean).join(" · ");
  document.title = `${seen === newest() ? "" : "• "}${place}`;
}

on("state", draw);
document.addEventListener("visibilitychange", () => here.state && draw());
