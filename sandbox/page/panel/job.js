// Which job a message is about, and its log lines in the panel.
import { emit } from "/page/world/state.js";

// Return the number of the job whose result or card a message is, or null. Wanvas writes it into file names and buttons.
export function jobOf(message) {
  const found = /wanvas-(\d+)-\d+\.\w|"w1:cancel:(\d+)"/.exec(JSON.stringify([message.attachments, message.components]));
  return found && Number(found[1] ?? found[2]);
}

export const showLogOf = (job) => emit("log", job);
