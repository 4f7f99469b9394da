// Interactions: what becomes of a press, a command or a submission.
import { ask } from "/page/base/server.js";

const DEADLINE_MS = 3000, LATE_MS = 300, PAUSE_MS = 80;
const asked = new Map(); // the answers that are waited for: those who wait for the same one ask once

// Return whether the bot acknowledges an interaction within three seconds, as soon as that is known.
export function acknowledged(interaction) {
  if (!asked.has(interaction)) asked.set(interaction, follow(interaction).finally(() => asked.delete(interaction)));
  return asked.get(interaction);
}

async function follow(interaction) {
  const until = performance.now() + DEADLINE_MS + LATE_MS;
  while (performance.now() < until) {
    const { acknowledged_ms } = await ask(`/interaction/${interaction}`);
    if (acknowledged_ms !== null) return true;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  return false;
}
