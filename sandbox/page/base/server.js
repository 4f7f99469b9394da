// Calls of the control port. A refused call is shown as a notice, and raises an Error with the same sentence.
import { say } from "/page/words/words.js";
import { notify } from "/page/base/notice.js";

// Return the JSON of an answer. *body*: send it as a POST; *signal*: end the call.
export async function ask(path, body, signal) {
  const response = await fetch(path, { signal, ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) });
  const answer = await response.json();
  if (!response.ok) throw refused(answer.error, response.status);
  return answer;
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

const uploads = new WeakMap(); // the id of each file: suggestions read the same options with each letter

// Upload a file once, and return the id of the upload.
export function upload(file) {
  if (!uploads.has(file)) uploads.set(file, send(file).catch((error) => { uploads.delete(file); throw error; }));
  return uploads.get(file);
}

async function send(file) {
  const response = await fetch(`/uploads?filename=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  const answer = await response.json();
  if (!response.ok) throw refused(answer.error, response.status);
  return answer.id;
}
