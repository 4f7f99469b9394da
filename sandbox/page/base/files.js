// What is said and shown of files: sizes, what was chosen, thumbnails.
import { make } from "/page/base/make.js";
import { locale, say } from "/page/words/words.js";

// Sizes of files.
const UNITS = [["MB", 1 << 20], ["KB", 1 << 10], ["B", 1]];

// Return a number of bytes as Discord writes it, such as "1.46 MB", or an empty text for what is no size.
export function sizeText(bytes) {
  if (!(bytes >= 0)) return "";
  const [unit, size] = UNITS.find(([, least]) => bytes >= least) ?? UNITS.at(-1);
  return `${(bytes / size).toLocaleString(locale(), { maximumFractionDigits: 2 })} ${unit}`;
}

// Which of the chosen files can be sent.

// Return {fit, sentences}: the files of at most *limit* bytes for which there is *room*, and sentences about the others. *most*: how
// many there may be in all.
export function fitting(files, { limit, room, most }) {
  const small = files.filter((one) => one.size <= limit);
  const sentences = files.filter((one) => one.size > limit).map((one) => tooLarge(one, limit));
  const names = small.slice(room).map((one) => one.name).join(", ");
  if (names) sentences.push(say("You can attach {most} files at most. Left out: {names}", { most, names }));
  return { fit: small.slice(0, room), sentences };
}

function tooLarge({ name, size }, limit) {
  return say("{name} is {size}. The limit is {limit} for each file.", { name, size: sizeText(size), limit: sizeText(limit) });
}

// Thumbnails of files that are to be sent.
const MOST_LETTERS = 4; // of a file's ending

// Return the address of a file's thumbnail, or null, and a function that frees it.
export function preview(file) {
  const url = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
  return { url, release: () => url && URL.revokeObjectURL(url) };
}

// Return the thumbnail of *item*, {name, url}, or the ending of its name.
export function thumbnail(item) {
  if (item.url) return make("img", { src: item.url, alt: "", className: "thumb",
    onerror: (event) => event.target.replaceWith(sign(item)) });
  return sign(item);
}

function sign(item) {
  const [, ending = "…"] = /\.(\w+)$/.exec(item.name) ?? [];
  return make("span", { className: "thumb", "aria-hidden": "true" }, ending.slice(0, MOST_LETTERS).toUpperCase());
}
