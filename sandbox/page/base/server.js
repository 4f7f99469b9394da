// Ask the sandbox, and say what goes wrong.
import { $ } from "/page/base/make.js";
import { refusal } from "/page/words/refusals.js";
import { say } from "/page/words/words.js";

// Notices: sentences of the page's own at the foot of the page.
const SHOWN_MS = 8000;
let timer, count = 0;

// Show a sentence, and return a function that removes it, if no other one took its place. A *lasting* one stays until then. A *calm*
// one says that nothing is wrong.
export function notify(sentence, { lasting = false, calm = false } = {}) {
  const mine = ++count;
  clearTimeout(timer);
  $("notice").classList.toggle("calm", calm);
  $("notice").textContent = sentence;
  if (!lasting) timer = setTimeout(clearNotice, SHOWN_MS);
  return () => mine === count && clearNotice();
}

function clearNotice() {
  clearTimeout(timer);
  $("notice").textContent = "";
}

// Calls that get no answer, as from a sandbox that is suspended. They are not ended: the sandbox may still act on them.
const MOST_MS = 5000;
let silent = 0; // calls that have waited longer

function note(change) {
  silent += change;
  dispatchEvent(new CustomEvent("silent", { detail: silent > 0 }));
}

// Watch a call, and return {heard, ended}, to be called when a part of it arrives and when it ends. The event `silent` of the window
// says whether some call has waited for five seconds.
function watchCall() {
  let timer, late = false;
  const ended = () => {
    clearTimeout(timer);
    if (late) note(-1);
    late = false;
  };
  const heard = () => {
    ended();
    timer = setTimeout(() => { late = true; note(1); }, MOST_MS);
  };
  heard();
  return { heard, ended };
}

// Calls of the control port. A refused call is shown as a notice, and raises an Error with the same sentence.
const SLOW = "/program/restart"; // waits until the bot has ended

// Return the JSON of an answer. *body*: send it as a POST, or as *method*; *signal*: end the call. Each interaction that is sent is an
// event of the window.
export async function ask(path, body, { signal, method = body === undefined ? "GET" : "POST" } = {}) {
  const call = path === SLOW ? null : watchCall();
  const { response, answer } = await read(path, { signal, method, body: body && JSON.stringify(body) }).finally(call?.ended);
  if (!response.ok) throw refused(answer.error, response.status);
  const detail = { id: answer.interaction, path, body };
  if (answer.interaction && path !== "/act/autocomplete") dispatchEvent(new CustomEvent("interaction", { detail }));
  return answer;
}

async function read(path, about) {
  const response = await fetch(path, about).catch(away);
  return { response, answer: await response.json().catch(() => ({})) };
}

// Say in words what a browser calls "Failed to fetch".
function away(error) {
  throw error.name === "AbortError" ? error : new Error(say("The sandbox does not answer. Check that it is still running."));
}

function refused(sentence, status) {
  return Object.assign(new Error(refusal(sentence)), { status });
}

// Call, and show what goes wrong instead of what went wrong before. Return undefined after a refusal.
export async function attempt(path, body) {
  clearNotice();
  try {
    return await ask(path, body);
  } catch (error) {
    notify(error.message);
    return undefined;
  }
}

let uploads = new WeakMap(); // the upload of each file: no file is sent twice

// Upload a file once, and return the id of the upload. *progress* is called with the part that has arrived, from 0 to 1.
export function upload(file, progress = () => {}) {
  if (!uploads.has(file)) uploads.set(file, send(file, progress).catch((error) => { uploads.delete(file); throw error; }));
  return uploads.get(file);
}

// Take *id* for the upload of a file that the page has no longer.
export const remember = (file, id) => uploads.set(file, Promise.resolve(id));

// Upload each file again when it is next needed: a new sandbox has no uploads.
export function forgetUploads() {
  uploads = new WeakMap();
}

// fetch() does not say how much of a body has arrived.
function send(file, progress) {
  if (!(file instanceof Blob)) return Promise.reject(new Error(say("Attach {name} again.", file)));
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest(), watched = watchCall();
    call.open("POST", `/uploads?filename=${encodeURIComponent(file.name)}`);
    call.responseType = "json";
    call.upload.onprogress = (event) => {
      watched.heard();
      progress(event.total ? event.loaded / event.total : 1);
    };
    call.onloadend = watched.ended;
    call.onload = () => (call.status < 300 ? done(call.response.id) : fail(refused(call.response?.error, call.status)));
    const { name } = file, lost = say("{name} could not be uploaded. Check that the file and the sandbox are still there.", { name });
    call.onerror = () => fail(new Error(lost));
    call.send(file);
  });
}

// Interactions: what becomes of a press, a command or a submission.
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
