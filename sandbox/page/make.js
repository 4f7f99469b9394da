// Make elements. Text from the state is inserted as text, never as markup.

export function make(tag, about = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const $ = (id) => document.getElementById(id);

export async function ask(path, body) {
  const response = await fetch(path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  const answer = await response.json();
  $("error").textContent = answer.error ?? "";
  if (answer.error) throw new Error(answer.error);
  return answer;
}

const uploads = new WeakMap(); // the id of each file: suggestions read a form again with each letter

export function upload(file) {
  if (!uploads.has(file)) uploads.set(file, sent(file).catch((error) => { uploads.delete(file); throw error; }));
  return uploads.get(file);
}

async function sent(file) {
  const answer = await fetch(`/uploads?filename=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  return (await answer.json()).id;
}
