// Links. One that leads to a message or channel of Discord jumps inside the page.
import { make, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { say } from "/page/words/words.js";
import { channelOf, go, label } from "/page/world/state.js";

const INSIDE = /^https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/;

// Return an address as it may be opened, or null if it is not one of the web.
export function safe(href) {
  try {
    const found = new URL(href);
    return ["http:", "https:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}

// Return the attributes of a link that opens what *href* names: a place in the page, or another tab.
export function leading(href) {
  const found = INSIDE.exec(href);
  const onclick = found && ((event) => { event.preventDefault(); jump(found[1], found[2]); });
  return { href, rel: "noreferrer noopener", target: "_blank", onclick };
}

// Show a channel, and a message in it.
export function jump(channel, message) {
  if (channelOf(channel)) go(channel, message);
  else notify(say("You do not see that channel."));
}

// Return a link. Without *children* its address is shown, or the channel that it leads to.
export function link(href, children) {
  if (!safe(href)) return make("span", {}, ...(children ?? [href]));
  const found = children ? null : INSIDE.exec(href);
  return make("a", { ...leading(href), className: found ? "mention" : "" }, ...(children ?? [found ? face(found) : href]));
}

function face([, channel, message]) {
  const found = channelOf(channel);
  return `${found ? label(found) : `#${say("no-access")}`}${message ? " › ✉" : ""}`;
}

// Return a mention of a channel, which opens the channel.
export const place = (id, name) => makeButton({ className: "mention", onclick: () => jump(id) }, name);
