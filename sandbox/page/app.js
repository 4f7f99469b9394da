// The control port drawn in a browser: who you are, what you see, what you do.
import { make, message } from "/page/draw.js";

const $ = (id) => document.getElementById(id);
const here = { person: null, channel: null, state: null, reply: null, pinned: true };

async function ask(path, said) {
  const answer = await fetch(path, said === undefined ? {} : { method: "POST", body: JSON.stringify(said) });
  const body = await answer.json();
  $("error").textContent = body.error ?? "";
  if (body.error) throw new Error(body.error);
  return body;
}

async function upload(file) {
  const answer = await fetch(`/uploads?filename=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  return (await answer.json()).id;
}

const act = {
  menus: [],
  press: (found, part) => ask("/act/press", { person: here.person, message: found.id, custom_id: part.custom_id }),
  menu: (found, command) => ask("/act/menu", { person: here.person, command: command.name, message: found.id }),
  reply: (found) => { here.reply = found; draw(); $("words").focus(); },
};

function draw() {
  const state = here.state;
  const names = Object.fromEntries([...state.people.map((p) => [p.id, p.name]), [state.bot, "Wanvas"]]);
  act.menus = state.commands.filter((command) => command.type === 3);
  $("who").replaceChildren(...state.people.map((p) => make("option", { value: p.id, selected: p.id === here.person }, p.name)));
  $("channels").replaceChildren(...state.channels.map((c) => make("button", { type: "button", "aria-current": String(c.id === here.channel), onclick: () => { here.channel = c.id; draw(); } }, c.dm ? "@Wanvas" : `#${c.name}`)));
  const found = state.messages[here.channel] ?? [];
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  list.replaceChildren(...(found.length ? found.map((one) => message(one, names, act)) : [hello()]));
  if (atEnd) { list.scrollTop = list.scrollHeight; for (const image of list.querySelectorAll("img")) image.addEventListener("load", () => { list.scrollTop = list.scrollHeight; }, { once: true }); }
  $("replying").hidden = !here.reply;
  $("replying").replaceChildren(here.reply ? `Replying to ${here.reply.author.global_name} ` : "", make("button", { type: "button", onclick: () => { here.reply = null; draw(); } }, "×"));
  if (state.modals.length) openModal(state.modals.at(-1));
}

function hello() {
  return make("article", {}, make("p", { className: "by" }, "Nothing here yet"),
    make("p", {}, 'Type /imagine and a few words, such as "a lighthouse at dusk". Attach a picture, mention the bot, reply to a result, or use Apps ▸ Edit picture on any message.'));
}

function suggest() {
  const typed = $("words").value, list = $("suggestions");
  const fits = typed.startsWith("/") ? here.state.commands.filter((c) => c.type === 1 && c.name.startsWith(typed.slice(1).split(" ")[0])) : [];
  list.hidden = !fits.length;
  list.replaceChildren(...fits.map((c) => make("li", {}, make("button", { type: "button", onclick: () => openCommand(c) }, `/${c.name}  ${c.description}`))));
  return fits;
}

function field(option) {
  if (option.choices?.length) return make("select", { name: option.name }, make("option", { value: "" }, "—"), ...option.choices.map((c) => make("option", { value: c.value }, c.name)));
  if (option.type === 11) return make("input", { name: option.name, type: "file" });
  if (option.type === 5) return make("select", { name: option.name }, make("option", { value: "" }, "—"), make("option", { value: "true" }, "True"), make("option", { value: "false" }, "False"));
  if (option.type === 4) return make("input", { name: option.name, type: "number", min: option.min_value, max: option.max_value });
  return make("input", { name: option.name, required: option.required, maxLength: option.max_length ?? 6000 });
}

function openDialog(title, rows, submit, label) {
  const close = () => $("dialog").close();
  const form = make("form", { method: "dialog", onsubmit: async (event) => { event.preventDefault(); try { await submit(new FormData(form), form); close(); } catch { /* said in #error */ } } },
    make("h2", {}, title), ...rows, make("div", { className: "buttons" }, make("button", { type: "submit" }, label), make("button", { type: "button", onclick: close }, "Cancel")));
  $("dialog").replaceChildren(form);
  if (!$("dialog").open) $("dialog").showModal();
  form.querySelector("input,textarea")?.focus();
}

function openCommand(command) {
  const options = command.options ?? [];
  const rest = $("words").value.slice(command.name.length + 1).trim();
  const send = async (data) => {
    const values = {};
    for (const option of options) {
      const value = data.get(option.name);
      if (value instanceof File) { if (value.size) values[option.name] = await upload(value); }
      else if (value) values[option.name] = option.type === 4 ? Number(value) : option.type === 5 ? value === "true" : value;
    }
    await ask("/act/slash", { person: here.person, channel: here.channel, command: command.name, options: values });
    $("words").value = ""; suggest();
  };
  if (!options.length) return void send(new FormData());
  openDialog(`/${command.name}`, options.map((o) => make("label", {}, `${o.name}${o.required ? "" : " (optional)"}`, field(o), make("span", { className: "small" }, o.description))), send, "Send");
  const first = $("dialog").querySelector("input");
  if (rest && first) first.value = rest.replace(/^prompt:/, "").replace(/^"|"$/g, "");
}

let opened = null;
function openModal(modal) {
  if (opened === modal.id) return;
  opened = modal.id;
  const part = (c) => c.type === 4 ? make("textarea", { name: c.custom_id, required: c.required ?? true, maxLength: c.max_length ?? 4000, rows: 3, placeholder: c.placeholder ?? "" }, c.value ?? "")
    : c.type === 19 ? make("input", { name: c.custom_id, type: "file", multiple: (c.max_values ?? 1) > 1 })
    : make("select", { name: c.custom_id, multiple: (c.max_values ?? 1) > 1 }, ...c.options.map((o) => make("option", { value: o.value, selected: o.default }, o.label)));
  openDialog(modal.title, modal.components.map((l) => make("label", {}, l.label, part(l.component), l.description ? make("span", { className: "small" }, l.description) : null)), async (data) => {
    const values = {};
    for (const { component: c } of modal.components) {
      if (c.type === 19) values[c.custom_id] = await Promise.all(data.getAll(c.custom_id).filter((f) => f.size).map(upload));
      else values[c.custom_id] = c.type === 4 ? data.get(c.custom_id) : data.getAll(c.custom_id);
    }
    await ask("/act/modal", { person: here.person, modal: modal.id, values });
  }, "Submit");
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fits = suggest();
  if (fits.length) return openCommand(fits[0]);
  const uploads = await Promise.all([...$("files").files].map(upload));
  const content = $("words").value.replaceAll("@Wanvas", `<@${here.state.bot}>`);
  await ask("/act/message", { person: here.person, channel: here.channel, content, uploads, reply_to: here.reply?.id });
  $("composer").reset(); $("chosen").textContent = ""; here.reply = null; draw();
});
$("words").addEventListener("input", suggest);
$("mention").addEventListener("click", () => { $("words").value = `@Wanvas ${$("words").value}`; $("words").focus(); });
$("files").addEventListener("change", () => { $("chosen").textContent = [...$("files").files].map((f) => f.name).join(", "); });
$("who").addEventListener("change", () => { here.person = $("who").value; here.channel = here.state.channels.find((c) => c.id === here.channel && !c.dm)?.id ?? null; look(-1); });

async function look(after) {
  const person = here.person;
  const state = await ask(`/state?person=${person}&after=${after}`);
  if (person !== here.person) return;
  here.state = state;
  here.channel ??= state.channels[0].id;
  draw();
}

here.person = (await ask("/people"))[0].id;
await look(-1);
for (;;) {
  try { await look(here.state.revision); }
  catch { $("error").textContent = "The sandbox does not answer. Is it still running?"; await new Promise((done) => setTimeout(done, 2000)); }
}
