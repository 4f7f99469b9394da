// Interactions: what becomes of a press, a command or a submission.
import { ask } from "/page/base/server.js";

const DEADLINE_MS = 3000, LATE_MS = 300, PAUSE_MS = 80;

// Return whether the bot acknowledges an interaction within three seconds, as soon as that is known.
export async function acknowledged(interaction) {
  const until = performance.now() + DEADLINE_MS + LATE_MS;
  while (performance.now() < until) {
    const { acknowledged_ms } = await ask(`/interaction/${interaction}`);
    if (acknowledged_ms !== null) return true;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return false;
}
