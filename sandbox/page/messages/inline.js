// Markdown within a line.

// What is open while inline markdown is read: marks, and labels of links. What is never closed becomes text again.
class Frames {
  constructor() {
    this.stack = [{ mark: "", inner: [] }]; // the innermost last
    this.places = new Map(); // by mark: its place in the stack. No mark is open twice.
    this.labels = []; // the places of the brackets that may still begin a link
  }

  add(node) {
    const { inner } = this.stack.at(-1);
    if (typeof node === "string" && typeof inner.at(-1) === "string") inner[inner.length - 1] += node;
    else inner.push(node);
  }

  has(mark) {
    return this.places.has(mark);
  }

  open(mark) {
    if (mark === "[") this.labels.push(this.stack.length);
    else this.places.set(mark, this.stack.length);
    this.stack.push({ mark, inner: [] });
  }

  // Close a mark: what it holds becomes the `inner` of *node*. Two marks without anything between them are text.
  close(mark, node) {
    this.turn(mark);
    const { inner } = this.take(this.places.get(mark));
    this.add(inner.length ? { ...node, inner } : mark + mark);
  }

  // Three marks in a row, such as ***, open two at once: the one that is closed first is the inner one.
  turn(mark) {
    const at = this.places.get(mark), [outer, inner] = [this.stack[at], this.stack[at + 1]];
    if (!inner || outer.inner.length || inner.mark[0] !== mark[0] || inner.mark === mark) return;
    [outer.mark, inner.mark] = [inner.mark, outer.mark];
    this.places.set(outer.mark, at).set(inner.mark, at + 1);
  }

  // Make a link of the innermost label. Links do not nest: the labels around it stay text.
  closeLabel(node) {
    const { inner } = this.take(this.labels.at(-1));
    this.add({ ...node, inner });
    this.labels = [];
  }

  // Remove the frame at a place and return it, with everything above it as text.
  take(at) {
    const [frame, ...above] = this.stack.splice(at);
    for (const one of above) {
      frame.inner.push(one.mark, ...one.inner);
      this.places.delete(one.mark);
    }
    this.places.delete(frame.mark);
    while (this.labels.at(-1) >= at) this.labels.pop();
    return frame;
  }

  // Return all nodes, as soon as the text has ended.
  end() {
    const { mark, inner } = this.take(0);
    return mark ? [mark, ...inner] : inner;
  }
}

// Read Discord's inline markdown in one pass: its work grows with the length of the text, whatever the text is.
const KINDS = { "**": "strong", "__": "u", "~~": "s", "||": "spoiler", "*": "em", _: "em" };
const PLAIN = /[^\\`*_~|[\]<h@]+/y;
const BARE = /https?:\/\/[^\s<]+/y;
const TARGET = /\]\((?:<(https?:\/\/[^\s<>]+)>|(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*))(?: +"[^"\n]{0,200}")?\)/y;
const EVERYONE = /@(?:everyone|here)\b/y;
const LAST_SECOND = 8.64e12; // of JavaScript's dates

const time = ([whole, at, style = "f"]) => (Math.abs(at) > LAST_SECOND ? whole : { kind: "time", seconds: Number(at), style });

// What stands in angle brackets: how it is written, and the node of the match.
const ANGLES = [
  [/<(https?:\/\/[^\s<>]+)>/y, ([, href]) => ({ kind: "link", href })],
  [/<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y, time],
  [/<@!?(\d{1,20})>/y, ([, id]) => ({ kind: "person", id })],
  [/<@&(\d{1,20})>/y, ([, id]) => ({ kind: "role", id })],
  [/<#(\d{1,20})>/y, ([, id]) => ({ kind: "channel", id })],
  [/<\/([^\n:<>]{1,100}):\d{1,20}>/y, ([, name]) => ({ kind: "command", name })],
  [/<a?:(\w{2,32}):\d{1,20}>/y, ([, name]) => ({ kind: "emoji", text: `:${name}:` })],
];

const READERS = {
  "\\": escape, "`": code, "*": marks, _: marks, "~": marks, "|": marks, "[": label, "]": target, "<": angle, h: bare, "@": everyone,
};

// Return the nodes of a text: strings, and {kind, …} of which some hold further nodes as `inner`.
export function readInline(source) {
  const text = { source, frames: new Frames(), ticks: null };
  let at = 0;
  while (at < source.length) at = (READERS[source[at]] ?? plain)(text, at);
  return text.frames.end();
}

function match(pattern, source, at) {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

// Add a node that was read from *at* on, and return where the text goes on.
function take({ frames }, at, length, node) {
  frames.add(node);
  return at + length;
}

function plain(text, at) {
  const found = match(PLAIN, text.source, at)?.[0] ?? text.source[at];
  return take(text, at, found.length, found);
}

function escape(text, at) {
  const next = text.source[at + 1];
  return next && /[^\p{L}\p{N}\s]/u.test(next) && !/[\ud800-\udfff]/.test(next) ? take(text, at, 2, next) : take(text, at, 1, "\\");
}

// Return, by the place of each row of backticks, the place of the next row of that length.
function rows(source) {
  const found = [...source.matchAll(/`+/g)], next = new Map(), last = new Map();
  for (const row of found.reverse()) {
    next.set(row.index, last.get(row[0].length));
    last.set(row[0].length, row.index);
  }
  return next;
}

function code(text, at) {
  const { source } = text;
  text.ticks ??= rows(source);
  const size = match(/`+/y, source, at)[0].length, end = text.ticks.get(at);
  if (end === undefined) return take(text, at, size, "`".repeat(size));
  const inner = source.slice(at + size, end), after = end + size;
  if (size !== 3) return take(text, at, after - at, { kind: "code", text: inner });
  return take(text, at, after - at + (source[after] === "\n"), block(inner));
}

function block(inner) {
  const written = inner.replace(/^[\w+\-.#]{1,30}\n(?=[^])/, "");
  return { kind: "block", text: written.replace(/^\n+|\n+$/g, "") };
}

const isWord = (char) => char !== undefined && /\w/.test(char);
const isSpace = (char) => char === undefined || /\s/.test(char);

function marks(text, at) {
  const { source, frames } = text, char = source[at];
  let end = at;
  while (source[end] === char) end++;
  const paired = char === "~" || char === "|";
  if (!paired && end - at > 3) return take(text, at, end - at, source.slice(at, end));
  for (let left = end - at; left;) {
    const mark = next(frames, char, left, paired);
    left -= mark.length;
    turn(text, mark, { before: source[at - 1], after: source[end] });
  }
  return end;
}

// Return the next mark of a row: of two that are open, the inner one.
function next(frames, char, left, paired) {
  const two = char + char;
  if (left === 1 || paired) return left === 1 ? char : two;
  if (left === 3 && frames.has(char)) return !frames.has(two) || frames.places.get(two) < frames.places.get(char) ? char : two;
  return two;
}

// Open or close a mark, or take it for text.
function turn({ frames }, mark, { before, after }) {
  const kind = KINDS[mark];
  if (!kind) frames.add(mark);
  else if (frames.has(mark)) {
    if (mark === "_" && isWord(after)) frames.add(mark);
    else if (mark === "*" && isSpace(before)) frames.add(mark);
    else frames.close(mark, { kind });
  } else if (mark === "_" && isWord(before)) frames.add(mark);
  else if (mark === "*" && isSpace(after)) frames.add(mark);
  else frames.open(mark);
}

function label(text, at) {
  text.frames.open("[");
  return at + 1;
}

function target(text, at) {
  const { frames } = text;
  if (!frames.labels.length) return take(text, at, 1, "]");
  const found = match(TARGET, text.source, at);
  if (!found) {
    frames.labels.pop();
    return take(text, at, 1, "]");
  }
  frames.closeLabel({ kind: "link", href: found[1] ?? found[2] });
  return at + found[0].length;
}

function angle(text, at) {
  if (!/[ht@#/:a]/.test(text.source[at + 1] ?? "")) return take(text, at, 1, "<");
  for (const [pattern, node] of ANGLES) {
    const found = match(pattern, text.source, at);
    if (found) return take(text, at, found[0].length, node(found));
  }
  return take(text, at, 1, "<");
}

function everyone(text, at) {
  const found = match(EVERYONE, text.source, at);
  return found ? take(text, at, found[0].length, { kind: "mention", text: found[0] }) : take(text, at, 1, "@");
}

function bare(text, at) {
  const { source, frames } = text;
  const found = isWord(source[at - 1]) ? null : match(BARE, source, at);
  if (!found) return take(text, at, 1, "h");
  const href = trimmed(found[0], frames);
  frames.labels = []; // a link inside a label leaves the label a text
  return take(text, at, href.length, { kind: "link", href });
}

// Leave out what ends a sentence or an open mark rather than the address.
function trimmed(href, frames) {
  let end = href.length;
  if (frames.has("||")) end = cut(href, "||");
  if (frames.labels.length) end = Math.min(end, cut(href, "]"));
  const closes = (char) => /[.,:;"'!?]/.test(char) || (/[*_~]/.test(char) && (frames.has(char) || frames.has(char + char)));
  let open = 0;
  for (const char of href.slice(0, end)) open += char === "(" ? 1 : char === ")" ? -1 : 0;
  for (; end > 8; end--) {
    const char = href[end - 1];
    if (char === ")" && open < 0) open++;
    else if (!closes(char)) break;
  }
  return href.slice(0, end);
}

const cut = (href, mark) => (href.includes(mark) ? href.indexOf(mark) : href.length);
