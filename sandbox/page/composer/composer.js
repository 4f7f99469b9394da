// The composer: the message field, what is attached, and what is replied to.
import { $, make, makeButton } from "/page/base/make.js";
import { attempt, upload } from "/page/base/server.js";
import { leaves, openCommand } from "/page/composer/commands.js";
import { say } from "/page/words/words.js";
import { botName, here, offered, on, silenced } from "/page/world/state.js";

let reply = null;

function fitting(typed) {
  const word = typed.slice(1).trimStart();
  if (!typed.startsWith("/")) return [];
  return leaves().filter((leaf) => [leaf.name, leaf.typed].some((one) => one.startsWith(word) || word === one || word.startsWith(`${one} `)));
}

function suggest() {
  const fits = fitting($("words").value), list = $("suggestions");
  list.hidden = !fits.length;
  list.replaceChildren(...fits.map((leaf) => make("li", {}, makeButton({ onclick: () => take(leaf) }, make("strong", {}, `/${leaf.name}`), " ", make("span", { className: "small" }, leaf.description)))));
  return fits;
}

function take(leaf) {
  const typed = $("words").value.slice(1).trimStart();
  const named = [leaf.name, leaf.typed].find((one) => typed.startsWith(one)) ?? typed;
  openCommand(leaf, typed.slice(named.length).trim(), () => { $("words").value = ""; suggest(); });
}

async function send() {
  const fits = suggest();
  if (fits.length) return take(fits[0]);
  const uploads = await Promise.all([...$("files").files].map(upload));
  const content = $("words").value.replaceAll(`@${botName()}`, `<@${here.state.bot}>`);
  if (!await attempt("/act/message", { person: here.person, channel: here.channel, content, uploads, reply_to: reply?.id })) return;
  $("composer").reset();
  $("chosen").textContent = "";
  setReply(null);
}

function setReply(found) {
  reply = found;
  $("replying").hidden = !found;
  $("replying").replaceChildren(...(found ? [say("Replying to {name}", { name: found.author.global_name }), " ", makeButton({ "aria-label": say("Cancel reply"), onclick: () => setReply(null) }, "×")] : []));
  if (found) $("words").focus();
}

function draw() {
  const why = silenced();
  $("words").disabled = Boolean(why) && !offered(1).length;
  $("words").placeholder = why ?? say("Message, or / for commands");
}

$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
$("words").addEventListener("input", suggest);
$("mention").addEventListener("click", () => { $("words").value = `@${botName()} ${$("words").value}`; $("words").focus(); });
$("files").addEventListener("change", () => { $("chosen").textContent = [...$("files").files].map((one) => one.name).join(", "); });
on("reply", setReply);
on("place", () => setReply(null));
on("state", draw);
