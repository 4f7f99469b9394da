// The bot's log as it grows, or the lines of one job.
import { make, makeButton } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { field, makeAct, makeSection, write } from "/page/panel/section.js";
import { say } from "/page/words/words.js";

const MOST_LINES = 1000, AT_END_PX = 40;

export function makeLog() {
  const job = make("input", { type: "number", min: 1, max: 1e12, step: 1, oninput: clear }), state = make("p", { className: "small" });
  const lines = make("pre", { className: "log", role: "log", tabIndex: 0, "aria-label": say("Log lines") });
  let after = null; // the byte offset of the next line
  const section = makeSection("log", say("Log"), read);
  const restart = makeAct(section, say("Restart the bot"), "/program/restart", () => ({}));

  const number = () => (job.value && job.validity.valid ? String(job.valueAsNumber) : "");

  function clear() {
    after = null;
    section.refresh();
  }

  async function read() {
    const asked = after, wanted = number();
    const query = { last: MOST_LINES, ...(wanted ? { job: wanted } : {}), ...(asked === null ? {} : { after: asked }) };
    const found = await ask(`/log?${new URLSearchParams(query)}`);
    if (asked !== after || wanted !== number()) return; // another job was typed, or another answer came first
    after = found.after;
    if (asked === null || found.restarted) lines.replaceChildren();
    append(lines, found.lines);
    restart.hidden = found.program === null;
    write(state, sentence(found, wanted, lines.childElementCount));
  }

  function showJob(id) {
    job.value = String(id);
    section.node.open = true;
    clear();
    section.node.scrollIntoView({ block: "start" });
    lines.focus();
  }

  section.body.prepend(make("div", { className: "panel-row" }, state, restart),
    make("div", { className: "panel-grid" }, field(say("Job"), job),
    makeButton({ onclick: () => { job.value = ""; clear(); } }, say("All lines"))), lines);
  return Object.assign(section, { showJob, forget: () => { after = null; } });
}

function sentence(found, wanted, count) {
  if (found.program === null) return say("The sandbox runs no bot of its own. Start it with play to see the log.");
  const about = { name: found.program, code: found.exit_code ?? "–" };
  const state = found.running ? say("{name} is running.", about) : say("{name} ended with code {code}.", about);
  if (count) return state;
  return `${state} ${wanted ? say("No line is about job {job}.", { job: wanted }) : say("The log is empty.")}`;
}

// Append lines and keep the newest; follow the end if it is in sight.
function append(node, found) {
  if (!found.length) return;
  const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < AT_END_PX;
  node.append(...found.map((text) => make("span", { className: level(text) }, `${narrow(text)}\n`)));
  while (node.childElementCount > MOST_LINES) node.firstElementChild.remove();
  if (atEnd) node.scrollTop = node.scrollHeight;
}

// Return a line without the columns that our logs have on a wide terminal.
const narrow = (text) => text.replace(/(\S) {2,}/g, "$1 ");

const level = (text) => (/\b(error|critical)\b/i.test(text.slice(0, 80)) ? "danger" : "");
