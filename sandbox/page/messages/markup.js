// Read Discord's markdown: paragraphs, headings, lists and quotes, line by line. Inline markdown is read by inline.js.
import { readInline } from "/page/messages/inline.js";

const HEADING = /^ *(#{1,3}) +(\S.*)$/;
const SUB = /^ *-# +(\S.*)$/;
const QUOTE = /^ *> (.*)$/;
const REST = /^ *>>> ?(.*)$/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/;
const INDENTED = /^ {2,}\S/;
const HOLDS_CODE = /^ *(?:[-*]|\d{1,9}\.|>|>>>) /; // lists and quotes can hold the start of a code block
const DEEPEST = 11;

// Return the blocks of a text: {kind, inner} with inline nodes, quotes with blocks, and lists with items.
export const readMarkup = (source) => readBlocks(source.replaceAll("\r\n", "\n").trim(), false);

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
  return { block: list(rows, 1), end };
}

const isNumber = (mark) => mark.endsWith(".");

// Return whether an item begins another list: bullets after numbers, or numbers after bullets.
const isOther = (first, [, indent, mark]) => indent.length < first.indent + 2 && isNumber(mark) !== isNumber(first.mark);

// Return a list of rows. Rows that are indented further belong to the row before them.
function list(rows, depth) {
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
  return [first, ...(rows.length ? [list(rows, depth + 1)] : [])];
}
