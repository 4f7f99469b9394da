// Dialogs: the options of a command, an open modal, a new thread.
import { $, ask, make } from "/page/make.js";
import { client, text } from "/page/words.js";
import { field, option } from "/page/fields.js";

export function openDialog(title, rows, submit, label, cancel = "Cancel") {
  const wrong = make("p", { className: "wrong small", role: "alert" });
  const close = () => $("dialog").close();
  const send = async (event) => {
    event.preventDefault();
    try { await submit(); close(); } catch (error) { wrong.textContent = error.message; }
  };
  const form = make("form", { method: "dialog", onsubmit: send }, make("h2", {}, title), ...rows, wrong,
    make("div", { className: "buttons" }, make("button", { type: "submit" }, label), make("button", { type: "button", onclick: close }, cancel)));
  $("dialog").replaceChildren(form);
  if (!$("dialog").open) $("dialog").showModal();
  form.querySelector("input,textarea,select")?.focus();
}

function labeled(label, node, small) {
  const tag = node.className === "ticks" ? "fieldset" : "label";
  return make(tag, { className: "field" }, make(tag === "label" ? "span" : "legend", {}, label), node, small ? make("span", { className: "small" }, small) : null);
}

// Return every command that can be sent, each subcommand by itself: [{typed, name, leaf, description}].
export function leaves(commands, localized) {
  const walk = (node, path, names) => {
    const inner = (node.options ?? []).filter((o) => o.type <= 2);
    if (inner.length) return inner.flatMap((o) => walk(o, [...path, o.name], [...names, localized(o, "name")]));
    return [{ typed: path.join(" "), name: names.join(" "), leaf: node, description: localized(node, "description") }];
  };
  return commands.filter((c) => c.type === 1).flatMap((c) => walk(c, [c.name], [localized(c, "name")]));
}

async function suggestions(body) {
  const { interaction } = await ask("/act/autocomplete", body);
  for (let tries = 0; tries < 30; tries++) {
    const { choices } = await ask(`/interaction/${interaction}`);
    if (choices) return choices;
    await new Promise((done) => setTimeout(done, 100));
  }
  return [];
}

export function openCommand(found, { here, place, localized }, rest, sent) {
  const body = { person: here.person, channel: here.channel, command: found.typed };
  const fields = new Map();
  const read = async (skip) => {
    const values = {};
    for (const [name, one] of fields) { if (name === skip) continue; const value = await one.read(); if (value !== undefined) values[name] = value; }
    return values;
  };
  const suggest = async (declared, typed) => suggestions({ ...body, focused: declared.name, options: { ...(await read(declared.name)), [declared.name]: typed } });
  for (const declared of found.leaf.options ?? []) fields.set(declared.name, option(declared, place, localized, suggest));
  const send = async () => { await ask("/act/slash", { ...body, options: await read() }); sent(); };
  if (!fields.size) return void send().catch(() => {});
  const rows = found.leaf.options.map((o) => labeled(`${localized(o, "name")}${o.required ? "" : " (optional)"}`, fields.get(o.name).node, localized(o, "description")));
  openDialog(`/${found.name}`, rows, send, "Send");
  const first = $("dialog").querySelector("input:not([type=file])");
  if (rest && first) first.value = rest.replace(/^\w+:/, "").replace(/^"|"$/g, "");
}

export function openModal(modal, { here, place, names }) {
  const fields = new Map();
  const rows = modal.components.map((part) => {
    if (part.type === 10) return text(part.content, names);
    const inner = part.component ?? part.components[0];
    fields.set(inner.custom_id, field(inner, place));
    return labeled(part.label ?? inner.label ?? "", fields.get(inner.custom_id).node, part.description);
  });
  openDialog(modal.title, rows, async () => {
    const values = {};
    for (const [name, one] of fields) values[name] = await one.read();
    await ask("/act/modal", { person: here.person, modal: modal.id, values });
  }, client("Submit", names.locale), client("Cancel", names.locale));
}

export function openThread(title, begin, withMessage) {
  const name = make("input", { required: true, maxLength: 100 }), content = make("textarea", { required: true, rows: 3 });
  openDialog(title, [labeled("Name", name), ...(withMessage ? [labeled("First message", content)] : [])], () => begin(name.value, content.value), "Create");
}
