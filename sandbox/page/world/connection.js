// Say when the sandbox is away, back or started again, when the bot is not connected, and when the shown channel is gone.
import { $, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { forgetUploads } from "/page/base/server.js";
import { say } from "/page/words/words.js";
import { channel, emit, here, label, on } from "/page/world/state.js";

let away = false, silent = false, shown = "";

function banner(sentence, ...more) {
  if (sentence === shown) return;
  shown = sentence;
  $("banner").replaceChildren(...(sentence ? [sentence, ...more] : []));
}

function draw() {
  if (away) banner(say("The sandbox does not answer. What you typed stays here. Trying again…"),
    makeButton({ onclick: () => emit("retry") }, say("Try now")));
  else if (silent) banner(say("The sandbox does not answer. What you typed stays here. Trying again…"));
  else if (!here.state.ready) banner(say("The bot is not connected, so nobody answers. Wait a moment, or restart it in the panel."));
  else banner("");
}

function restarted({ kept }) {
  forgetUploads();
  notify(kept ? say("The sandbox was restarted. You are connected again.") : say("The sandbox was restarted. Earlier messages are gone."),
    { calm: true });
}

function moved(gone) {
  const there = channel();
  if (!gone) return;
  const names = { gone: label(gone), channel: there && label(there) };
  notify(there ? say("You can no longer see {gone}. This is {channel}.", names) : say("You can no longer see {gone}.", names),
    { calm: true });
}

on("lost", () => { away = true; draw(); });
on("found", () => { away = false; draw(); });
addEventListener("silent", ({ detail }) => { silent = detail; draw(); });
on("restarted", restarted);
on("moved", moved);
on("state", draw);
