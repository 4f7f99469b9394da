// Calls of the control port. A refused call is shown as a notice, and raises an Error with the same sentence.
import { say } from "/page/words/words.js";
import { clearNotice, notify } from "/page/base/notice.js";
import { watchCall } from "/page/base/silence.js";
import { refusal } from "/page/words/refusals.js";

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
