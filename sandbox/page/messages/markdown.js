// Draw Discord's markdown.
import { make, makeButton } from "/page/base/make.js";
import { since, writeTime } from "/page/base/time.js";
import { link, place } from "/page/messages/links.js";
import { readMarkup } from "/page/messages/markup.js";
import { spoiler } from "/page/messages/spoiler.js";
import { locale, say } from "/page/words/words.js";
import { emit, names } from "/page/world/state.js";

const TAGS = { strong: "strong", u: "u", s: "s", em: "em", blockquote: "blockquote", p: "p", h1: "h3", h2: "h3", h3: "h3", sub: "small" };
const CLASSES = { h1: "first", h2: "second", h3: "third", sub: "sub" };
const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" }, S: { dateStyle: "short", timeStyle: "medium" },
};

const RENDERERS = {
  code: (node) => make("code", {}, node.text),
  block: (node) => make("pre", {}, make("code", {}, node.text)),
  spoiler: (node, known) => spoiler("span", draw(node.inner, known)),
  link: (node, known) => link(node.href, node.inner && draw(node.inner, known)),
  time: (node) => time(node),
  person: ({ id }, known) => mention(`@${known.people[id] ?? say("unknown-user")}`),
  role: ({ id }, known) => mention(atSign(known.roles[id] ?? say("deleted-role"))),
  channel: ({ id }, known) => (known.channels[id] === undefined ? mention(`#${say("no-access")}`) : place(id, `#${known.channels[id]}`)),
  mention: ({ text }) => mention(text),
  command: ({ name }) => makeButton({ className: "mention", onclick: () => emit("command", name) }, `/${name}`),
  emoji: ({ text }) => make("span", { className: "emoji" }, text),
  list,
};

function list({ start, items }, known) {
  return make(start === null ? "ul" : "ol", { start }, ...items.map((one) => make("li", {}, ...draw(one, known))));
}

const mention = (text) => make("span", { className: "mention" }, text);
const atSign = (name) => (name.startsWith("@") ? name : `@${name}`);

function draw(nodes, known) {
  return nodes.map((node) => {
    if (typeof node === "string") return node;
    return RENDERERS[node.kind]?.(node, known) ?? make(TAGS[node.kind], { className: CLASSES[node.kind] }, ...draw(node.inner, known));
  });
}

const write = (seconds, style) => writeTime(seconds * 1000, STYLES[style]);

function time({ seconds, style }) {
  const about = { lang: locale(), dateTime: new Date(seconds * 1000).toISOString(), title: write(seconds, "F") };
  if (style !== "R") return make("time", about, write(seconds, style));
  return make("time", { ...about, "data-since": seconds * 1000 }, since(seconds * 1000));
}

const ONLY_EMOJI = /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f]|\s){1,90}$/u;

// Return the element that shows a text of Discord's markdown. A few emoji alone are large.
export function text(content) {
  return make("div", { className: ONLY_EMOJI.test(content) ? "text big" : "text" }, ...draw(readMarkup(content), names()));
}

// Return the text without its marks, in one line. What a spoiler hides is not in it.
export function plain(content) {
  const shown = text(content);
  for (const hidden of shown.querySelectorAll(".spoiler")) hidden.replaceWith("▒▒▒");
  return [...shown.children].map((one) => one.textContent).join(" ").replace(/\s+/g, " ").trim();
}
