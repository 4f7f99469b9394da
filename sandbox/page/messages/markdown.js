// Markdown of messages, as Discord draws it.
import { make, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/server.js";
import { since, writeTime } from "/page/base/time.js";
import { readInline } from "/page/messages/inline.js";
import { locale, say } from "/page/words/words.js";
import { channelOf, emit, go, label, names } from "/page/world/state.js";

// Links. One that leads to a message or channel of Discord jumps inside the page.
const INSIDE = /^https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/;

// Return an address as it may be opened, or null if it is not one of the web.
export function safe(href) {
  try {
    const found = new URL(href);
    return ["http:", "https:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
}

// Return the attributes of a link that opens what *href* names: a place in the page, or another tab.
export function leading(href) {
  const found = INSIDE.exec(href);
  const onclick = found && ((event) => { event.preventDefault(); jump(found[1], found[2]); });
  return { href, rel: "noreferrer noopener", target: "_blank", onclick };
}

// Show a channel, and a message in it.
export function jump(channel, message) {
  if (channelOf(channel)) go(channel, message);
  else notify(say("You do not see that channel."));
}

// Return a link. Without *children* its address is shown, or the channel that it leads to.
export function link(href, children) {
  if (!safe(href)) return make("span", {}, ...(children ?? [href]));
  const found = children ? null : INSIDE.exec(href);
  return make("a", { ...leading(href), className: found ? "mention" : "" }, ...(children ?? [found ? face(found) : href]));
}

function face([, channel, message]) {
  const found = channelOf(channel);
  return `${found ? label(found) : `#${say("no-access")}`}${message ? " › ✉" : ""}`;
}

// Return a mention of a channel, which opens the channel.
const place = (id, name) => makeButton({ className: "mention", onclick: () => jump(id) }, name);

// What is hidden until a click, Enter or Space shows it.

// Return an element that hides *inner*. Until it is shown, nothing in it can be focused or read aloud.
export function spoiler(tag, inner, name = say("Spoiler")) {
  const kept = make(tag, { className: "kept", inert: true, "aria-hidden": "true" }, ...inner);
  const node = make(tag, { className: "spoiler", tabIndex: 0, role: "button", "aria-label": name, title: name }, kept);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal(node, kept);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

// Open in *node*, a message that is drawn again, the spoilers that are open in *before*.
export function keepOpen(before, node) {
  const open = new Set([...before.querySelectorAll(".spoiler.shown")].map((one) => one.textContent));
  if (!open.size) return;
  for (const one of node.querySelectorAll(".spoiler")) if (open.has(one.textContent)) reveal(one, one.firstElementChild);
}

function reveal(node, kept) {
  if (node.classList.contains("shown")) return;
  node.classList.add("shown");
  for (const name of ["role", "aria-label", "title"]) node.removeAttribute(name);
  kept.inert = false;
  kept.removeAttribute("aria-hidden");
}

// Read Discord's markdown: paragraphs, headings, lists and quotes, line by line. Inline markdown is read by inline.js.
const HEADING = /^ *(#{1,3}) +(\S.*)$/;
const SUB = /^ *-# +(\S.*)$/;
const QUOTE = /^ *> (.*)$/;
const REST = /^ *>>> ?(.*)$/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/;
const INDENTED = /^ {2,}\S/;
const HOLDS_CODE = /^ *(?:[-*]|\d{1,9}\.|>|>>>) /; // lists and quotes can hold the start of a code block
const DEEPEST = 11;

// Return the blocks of a text: {kind, inner} with inline nodes, quotes with blocks, and lists with items.
const readMarkup = (source) => readBlocks(source.replaceAll("\r\n", "\n").trim(), false);

function readBlocks(source, quoted) {
  const lines = source.split("\n"), inside = insideFences(source);
  const blocks = [];
  let plain = [];
  const flush = () => {
    if (plain.length) blocks.push({ kind: "p", inner: readInline(plain.join("\n") + (plain.at(-1) === "" ? "\n" : "")) });
    plain = [];
  };
  for (let at = 0; at < lines.length;) {
    const found = inside.has(at) || (inside.has(at + 1) && !HOLDS_CODE.test(lines[at])) ? null : readBlock(lines, at, inside, quoted);
    if (!found) { plain.push(lines[at++]); continue; }
    flush();
    blocks.push(found.block);
    at = found.end;
  }
  flush();
  return blocks;
}

// Return the numbers of the lines that begin inside a code block.
function insideFences(source) {
  const found = new Set();
  let line = 0, at = 0;
  for (const [whole] of source.matchAll(/```[^]*?```/g)) {
    const start = source.indexOf(whole, at);
    line += count(source.slice(at, start));
    for (let left = count(whole); left; left--) found.add(++line);
    at = start + whole.length;
  }
  return found;
}

const count = (text) => text.split("\n").length - 1;

// Return the block that begins at a line, and the line after it: {block, end}. Null for a plain line.
function readBlock(lines, at, inside, quoted) {
  const line = lines[at];
  if (!quoted && REST.test(line)) return { block: quote([REST.exec(line)[1], ...lines.slice(at + 1)]), end: lines.length };
  if (!quoted && QUOTE.test(line)) return readQuote(lines, at);
  if (ITEM.test(line)) return readList(lines, at, inside);
  const block = readLine(line);
  return block.kind === "p" ? null : { block, end: at + 1 };
}

const quote = (lines) => ({ kind: "blockquote", inner: readBlocks(lines.join("\n"), true) });

function readQuote(lines, at) {
  const inner = [];
  let end = at;
  for (let found; (found = QUOTE.exec(lines[end] ?? "")); end++) inner.push(found[1]);
  return { block: quote(inner), end };
}

// Return the block of one line: a heading, small print, or a plain paragraph.
function readLine(line) {
  const heading = HEADING.exec(line), sub = SUB.exec(line);
  if (heading) return { kind: `h${heading[1].length}`, inner: readInline(heading[2].replace(/ #+ *$/, "")) };
  if (sub) return { kind: "sub", inner: readInline(sub[1]) };
  return { kind: "p", inner: readInline(line) };
}

function readList(lines, at, inside) {
  const rows = [];
  let end = at;
  for (; end < lines.length; end++) {
    const line = lines[end], found = inside.has(end) ? null : ITEM.exec(line);
    if (found && rows.length && isOther(rows[0], found)) break;
    if (found) rows.push({ indent: found[1].length, mark: found[2], lines: [found[3]] });
    else if (inside.has(end) || INDENTED.test(line)) rows.at(-1).lines.push(inside.has(end) ? line : line.trim());
    else break;
  }
  return { block: listOf(rows, 1), end };
}

const isNumber = (mark) => mark.endsWith(".");

// Return whether an item begins another list: bullets after numbers, or numbers after bullets.
const isOther = (first, [, indent, mark]) => indent.length < first.indent + 2 && isNumber(mark) !== isNumber(first.mark);

// Return a list of rows. Rows that are indented further belong to the row before them.
function listOf(rows, depth) {
  const items = [];
  for (const row of rows) {
    if (items.length && row.indent >= rows[0].indent + 2 && depth < DEEPEST) items.at(-1).rows.push(row);
    else items.push({ row, rows: [] });
  }
  const number = Number.parseInt(rows[0].mark, 10);
  return { kind: "list", start: Number.isNaN(number) ? null : number, items: items.map((one) => item(one, depth)) };
}

function item({ row, rows }, depth) {
  const first = row.lines.length === 1 ? readLine(row.lines[0]) : { kind: "p", inner: readInline(row.lines.join("\n")) };
  return [first, ...(rows.length ? [listOf(rows, depth + 1)] : [])];
}

// Draw Discord's markdown.
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
