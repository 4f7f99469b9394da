// Dialogs: a command's options, an open modal, a new thread.
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

function labelled(words, node, small) {
  const tag = node.className === "ticks" ? "fieldset" : "label";
  return make(tag, { className: "field" }, make(tag === "label" ? "span" : "legend", {}, words), node, small ? make("span", { className: "small" }, small) : null);
}

// Every command that can be sent, subcommands by themselves: [{words, command, leaf, description}].
export function leaves(commands, localised) {
  const walk = (node, path, names) => {
    const inner = (node.options ?? []).filter((o) => o.type <= 2);
    if (inner.length) return inner.flatMap((o) => walk(o, [...path, o.name], [...names, localised(o, "name")]));
    return [{ typed: path.join(" "), words: names.join(" "), leaf: node, description: localised(node, "description") }];
  };
  return commands.filter((c) => c.type === 1).flatMap((c) => walk(c, [c.name], [localised(c, "name")]));
}

async function suggestions(said) {
  const { interaction } = await ask("/act/autocomplete", said);
  for (let tries = 0; tries < 30; tries++) {
    const { choices } = await ask(`/interaction/${interaction}`);
    if (choices) return choices;
    await new Promise((done) => setTimeout(done, 100));
  }
  return [];
}

export function openCommand(found, { here, place, localised }, rest, sent) {
  const said = { person: here.person, channel: here.channel, command: found.typed };
  const fields = new Map();
  const read = async (skip) => {
    const values = {};
    for (const [name, one] of fields) { if (name === skip) continue; const value = await one.read(); if (value !== undefined) values[name] = value; }
    return values;
  };
  const suggest = async (declared, typed) => suggestions({ ...said, focused: declared.name, options: { ...(await read(declared.name)), [declared.name]: typed } });
  for (const declared of found.leaf.options ?? []) fields.set(declared.name, option(declared, place, localised, suggest));
  const send = async () => { await ask("/act/slash", { ...said, options: await read() }); sent(); };
  if (!fields.size) return void send().catch(() => {});
  const rows = found.leaf.options.map((o) => labelled(`${localised(o, "name")}${o.required ? "" : " (optional)"}`, fields.get(o.name).node, localised(o, "description")));
  openDialog(`/${found.words}`, rows, send, "Send");
  const first = $("dialog").querySelector("input:not([type=file])");
  if (rest && first) first.value = rest.replace(/^\w+:/, "").replace(/^"|"$/g, "");
}

export function openModal(modal, { here, place, names }) {
  const fields = new Map();
  const rows = modal.components.map((part) => {
    if (part.type === 10) return text(part.content, names);
    const held = part.component ?? part.components[0];
    fields.set(held.custom_id, field(held, place));
    return labelled(part.label ?? held.label ?? "", fields.get(held.custom_id).node, part.description);
  });
  openDialog(modal.title, rows, async () => {
    const values = {};
    for (const [name, one] of fields) values[name] = await one.read();
    await ask("/act/modal", { person: here.person, modal: modal.id, values });
  }, client("Submit", names.locale), client("Cancel", names.locale));
}

export function openThread(title, begin, withWords) {
  const name = make("input", { required: true, maxLength: 100 }), words = make("textarea", { required: true, rows: 3 });
  openDialog(title, [labelled("Name", name), ...(withWords ? [labelled("First message", words)] : [])], () => begin(name.value, words.value), "Begin");
}
