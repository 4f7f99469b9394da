// Load older messages when one scrolls up to them.
import { $ } from "/page/base/make.js";
import { MOST_MESSAGES, PAGE_OF_MESSAGES, here, on, showLast } from "/page/world/state.js";

const NEAR_PX = 400;
let asked = "";

function look() {
  const { messages, older, order } = here.state ?? {};
  if (!older || messages.length >= MOST_MESSAGES || $("messages").scrollTop > NEAR_PX || asked === order[0]) return;
  asked = order[0]; // once for each first message
  showLast(messages.length + PAGE_OF_MESSAGES);
}

on("scrolled", look);
on("drawn", () => requestAnimationFrame(look)); // when the list stands at its place
on("place", () => { asked = ""; });
