// Calls of the control port. A refused call is shown as a notice, and raises an Error with the same sentence.
import { say } from "/page/words/words.js";
import { notify } from "/page/base/notice.js";

// Return the JSON of an answer. *body*: send it as a POST; *signal*: end the call. Each interaction that is sent is an event of the window.
export async function ask(path, body, signal) {
  const response = await fetch(path, { signal, ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) }).catch(away);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw refused(answer.error, response.status);
  const detail = { id: answer.interaction, path, body };
  if (answer.interaction && path !== "/act/autocomplete") dispatchEvent(new CustomEvent("interaction", { detail }));
  return answer;
}

// Say in words what a browser calls "Failed to fetch".
function away(error) {
  throw error.name === "AbortError" ? error : new Error(say("The sandbox does not answer. Check that it is still running."));
}

function refused(sentence, status) {
  return Object.assign(new Error(plain(sentence ?? say("The sandbox refused this."))), { status });
}

// Drop the Python class before a sentence: "ClientRefusal: Ana may not post here" is for logs.
const plain = (sentence) => sentence.replace(/^[A-Z]\w+: /, "");

// Call and show what goes wrong. Return undefined after a refusal.
export async function attempt(path, body) {
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

// Upload each file again when it is next needed: a new sandbox has no uploads.
export function forgetUploads() {
  uploads = new WeakMap();
}

// fetch() does not say how much of a body has arrived.
function send(file, progress) {
  return new Promise((done, fail) => {
    const call = new XMLHttpRequest();
    call.open("POST", `/uploads?filename=${encodeURIComponent(file.name)}`);
    call.responseType = "json";
    call.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 1);
    call.onload = () => (call.status < 300 ? done(call.response.id) : fail(refused(call.response?.error, call.status)));
    const { name } = file, lost = say("{name} could not be uploaded. Check that the file and the sandbox are still there.", { name });
    call.onerror = () => fail(new Error(lost));
    call.send(file);
  });
}
