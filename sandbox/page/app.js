// The control port in a browser: the person you act as, the channel you are in, its messages, and your actions.
import { $, ask, make, upload } from "/page/make.js";
import { message } from "/page/draw.js";
import { leaves, openCommand, openModal, openThread } from "/page/forms.js";

const query = new URLSearchParams(location.search);
const here = { person: query.get("person"), channel: query.get("channel"), state: null, reply: null };
const FORUM = 15, THREAD = 11;

const me = () => here.state.people.find((p) => p.id === here.person);
const channel = () => here.state.channels.find((c) => c.id === here.channel);
const localized = (declared, name) => declared[`${name}_localizations`]?.[me().locale] || declared[name];
const may = (name) => channel()?.permissions.includes(name);
const label = (c) => (c.dm ? "@Wanvas" : `${c.server === null ? "" : c.kind === FORUM ? "▤ " : c.kind === THREAD ? "⌇ " : "#"}${c.name}`);

// What the current channel offers: names for mentions, the options of selects, and the actions.
function where() {
  const state = here.state, server = state.servers.find((s) => s.id === channel()?.server);
  const members = new Set(server ? server.members.map((m) => m.id) : state.people.map((p) => p.id));
  const everybody = [...state.people, { id: state.bot, name: "Wanvas" }];
  const pairs = (list) => Object.fromEntries(list.map((one) => [one.id, one.name]));
  const names = { locale: me().locale, people: pairs(everybody), roles: pairs(state.servers.flatMap((s) => s.roles)), channels: pairs(state.channels) };
  const place = { people: everybody.filter((p) => members.has(p.id)), roles: server?.roles ?? [], channels: state.channels.filter((c) => server && c.server === server.id) };
  return { names, place, here, localized, act: { ...act, me: here.person, menus: offered().filter((c) => c.type === 3), localized, thread: channel()?.server && channel().kind === 0 ? act.thread : null } };
}

const offered = () => { const ids = new Set(here.state.offered[here.channel]); return here.state.commands.filter((c) => ids.has(c.id)); };

const act = {
  press: (found, part, values) => ask("/act/press", { person: here.person, message: found.id, custom_id: part.custom_id, values }).catch(() => {}),
  menu: (found, command) => ask("/act/menu", { person: here.person, command: command.name, message: found.id }).catch(() => {}),
  remove: (found) => ask("/act/delete", { person: here.person, message: found.id }).catch(() => {}),
  reply: (found) => { here.reply = found; draw(); $("words").focus(); },
  thread: (found) => openThread("New thread at this message", (name) => begin({ name, message: found.id })),
};

async function begin(about) {
  const { id } = await ask("/act/thread", { person: here.person, channel: here.channel, ...about });
  go(id);
}

function go(id) {
  here.channel = id; here.reply = null;
  document.body.classList.remove("aside");
  look(-1);
}

function places() {
  const state = here.state;
  const entry = (c) => make("button", { type: "button", className: `place${c.kind === THREAD ? " thread" : ""}${c.archived ? " archived" : ""}`, "aria-current": String(c.id === here.channel), onclick: () => go(c.id) },
    label(c), c.nsfw && c.kind !== THREAD ? make("span", { className: "small", title: "Age-restricted" }, " 18+") : null, c.archived ? make("span", { className: "small" }, c.locked ? " locked" : " archived") : null);
  const withThreads = (c) => [entry(c), ...state.channels.filter((t) => t.parent === c.id).map(entry)];
  const servers = state.servers.map((s) => [s.name, s.bot, state.channels.filter((c) => c.server === s.id && !c.parent)]);
  const direct = state.channels.filter((c) => c.server === null);
  return [...servers.flatMap(([name, bot, channels]) => [make("h2", {}, name, bot ? null : make("span", { className: "small" }, " without the bot")), ...channels.flatMap(withThreads)]),
    make("h2", {}, "Direct messages"), ...(direct.some((c) => c.dm) ? [] : [make("button", { type: "button", className: "place", "aria-current": String(here.channel === "dm"), onclick: () => ask("/act/message", { person: here.person, channel: "dm", content: "Hello" }).catch(() => {}) }, "@Wanvas ", make("span", { className: "small" }, "send a message"))]), ...direct.map(entry)];
}

const drawn = new Map();
// Links are signed anew for each state: ignore their parameters when comparing messages.
function article(found, about, key) {
  const content = key + JSON.stringify(found).replace(/\?ex=[^"]*/g, "");
  if (drawn.get(found.id)?.content !== content) drawn.set(found.id, { content, node: message(found, about) });
  return drawn.get(found.id).node;
}

function draw() {
  const state = here.state, about = where(), now = channel();
  $("who").replaceChildren(...state.people.map((p) => make("option", { value: p.id, selected: p.id === here.person }, p.locale === "en-US" ? p.name : `${p.name} (${p.locale})`)));
  $("places").replaceChildren(...places());
  $("where").textContent = now ? label(now) : "";
  const parent = state.channels.find((c) => c.id === now?.parent);
  $("about").textContent = [parent && `in ${label(parent)}`, now?.nsfw && "age-restricted", now?.archived && (now.locked ? "locked" : "archived"), state.ready ? "" : "the bot is not connected"].filter(Boolean).join(" · ");
  $("begin").hidden = !now?.server || now.kind === THREAD;
  $("begin").textContent = now?.kind === FORUM ? "New post" : "New thread";
  const found = state.messages[here.channel] ?? [], list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120 || list.dataset.channel !== here.channel;
  const key = JSON.stringify([here.person, about.act.menus.map((c) => c.id), about.place]);
  list.dataset.channel = here.channel;
  const nodes = found.length ? found.map((one) => article(one, about, key)) : [hello(now)];
  if (nodes.length !== list.children.length || nodes.some((node, n) => node !== list.children[n])) list.replaceChildren(...nodes);
  if (atEnd) { list.scrollTop = list.scrollHeight; for (const image of list.querySelectorAll("img")) if (!image.complete) image.addEventListener("load", () => { list.scrollTop = list.scrollHeight; }, { once: true }); }
  const writable = now && (now.server === null || may(now.kind === THREAD ? "SEND_MESSAGES_IN_THREADS" : "SEND_MESSAGES")) && now.kind !== FORUM;
  $("words").disabled = !writable && !offered().length;
  $("words").placeholder = writable ? "Message, or / for commands" : now?.kind === FORUM ? "Create a post, or open one" : "You do not have permission to send messages in this channel";
  $("replying").hidden = !here.reply;
  $("replying").replaceChildren(here.reply ? `Replying to ${here.reply.author.global_name} ` : "", make("button", { type: "button", "aria-label": "Cancel reply", onclick: () => { here.reply = null; draw(); } }, "×"));
  if (state.modals.length && opened !== state.modals.at(-1).id) { opened = state.modals.at(-1).id; openModal(state.modals.at(-1), about); }
}
let opened = null;

function hello(now) {
  if (now?.kind === FORUM) return make("article", {}, make("p", { className: "by" }, "A forum"), make("p", {}, "Its posts are listed below its name. Choose New post to create one."));
  return make("article", {}, make("p", { className: "by" }, "No messages yet"),
    make("p", {}, 'Type /imagine and a prompt, such as "a lighthouse at dusk". You can also attach an image and mention the bot, reply to a result, or use Apps ▸ on any message.'));
}

function suggest() {
  const typed = $("words").value, list = $("suggestions");
  const word = typed.slice(1).trimStart();
  const fits = typed.startsWith("/") ? leaves(offered(), localized).filter((l) => [l.name, l.typed].some((w) => w.startsWith(word) || word.startsWith(`${w} `) || word === w)) : [];
  list.hidden = !fits.length;
  list.replaceChildren(...fits.map((l) => make("li", {}, make("button", { type: "button", onclick: () => send(l) }, make("strong", {}, `/${l.name}`), " ", make("span", { className: "small" }, l.description)))));
  return fits;
}

function send(found) {
  const typed = $("words").value.slice(1).trimStart(), named = [found.name, found.typed].find((w) => typed.startsWith(w)) ?? typed;
  openCommand(found, where(), typed.slice(named.length).trim(), () => { $("words").value = ""; suggest(); });
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fits = suggest();
  if (fits.length) return send(fits[0]);
  const uploads = await Promise.all([...$("files").files].map(upload));
  const content = $("words").value.replaceAll("@Wanvas", `<@${here.state.bot}>`);
  try { await ask("/act/message", { person: here.person, channel: here.channel, content, uploads, reply_to: here.reply?.id }); } catch { return; }
  $("composer").reset(); $("chosen").textContent = ""; here.reply = null; draw();
});
$("words").addEventListener("input", suggest);
$("mention").addEventListener("click", () => { $("words").value = `@Wanvas ${$("words").value}`; $("words").focus(); });
$("files").addEventListener("change", () => { $("chosen").textContent = [...$("files").files].map((f) => f.name).join(", "); });
$("open").addEventListener("click", () => document.body.classList.toggle("aside"));
$("begin").addEventListener("click", () => { const forum = channel().kind === FORUM; openThread(forum ? "New post" : "New thread", (name, content) => begin({ name, ...(forum ? { content } : {}) }), forum); });
$("who").addEventListener("change", () => { here.person = $("who").value; here.reply = null; look(-1); });

async function look(after) {
  const person = here.person;
  const state = await ask(`/state?person=${person}&after=${after}`);
  if (person !== here.person) return;
  here.state = state;
  if (!state.channels.some((c) => c.id === here.channel)) here.channel = (state.channels.find((c) => c.name === here.channel) ?? state.channels[0])?.id ?? null;
  draw();
}

here.person ??= (await ask("/people"))[0].id;
await look(-1);
for (;;) {
  try { await look(here.state.revision); }
  catch { $("error").textContent = "The sandbox does not answer. Check that it is still running."; await new Promise((done) => setTimeout(done, 2000)); }
}
