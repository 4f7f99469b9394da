// The sandbox's clock: what time it is there, and steps forward.
import { make } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { makeAct, makeSection } from "/page/panel/section.js";
import { write } from "/page/panel/rows.js";
import { locale, say } from "/page/words/words.js";

export function makeClock() {
  const now = make("output", { className: "time" }), ahead = make("span", { className: "small" });
  const note = make("p", { className: "small" }, say("The bot and its log stay at this computer's time."));
  const section = makeSection("clock", say("Clock"), async () => show(await ask("/clock")));

  function show(clock) {
    write(now, new Date(clock.now).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium" }));
    write(ahead, clock.ahead_s ? say("{span} ahead of this computer", { span: span(clock.ahead_s) }) : say("as on this computer"));
    note.hidden = !clock.ahead_s;
  }

  const step = (label, advance_s) => makeAct(section, label, "/clock", () => ({ advance_s }));
  section.body.prepend(make("p", {}, now, " ", ahead),
    make("div", { className: "buttons" }, step(say("+15 min"), 900), step(say("+1 h"), 3600), step(say("+1 day"), 86400)), note);
  return section;
}

// Return a span of time such as "1 day 2 hr 15 min".
function span(seconds) {
  const parts = [["day", Math.floor(seconds / 86400)], ["hour", Math.floor(seconds / 3600) % 24],
    ["minute", Math.floor(seconds / 60) % 60], ["second", Math.floor(seconds % 60)]];
  const shown = parts.filter(([, count]) => count).map(([unit, count]) => new Intl.NumberFormat(locale(),
    { style: "unit", unit, unitDisplay: "short" }).format(count));
  return shown.join(" ");
}
