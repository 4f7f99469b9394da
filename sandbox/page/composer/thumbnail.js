// How an attachment is shown: its thumbnail and its size.
import { make } from "/page/base/make.js";
import { locale } from "/page/words/words.js";

const MOST_LETTERS = 4; // of a file's ending

// Return the thumbnail of an attachment, or the ending of its name.
export function thumbnail(item) {
  if (item.url) return make("img", { src: item.url, alt: "", className: "thumb", onerror: (event) => event.target.replaceWith(sign(item)) });
  return sign(item);
}

function sign(item) {
  const [, ending = "…"] = /\.(\w+)$/.exec(item.name) ?? [];
  return make("span", { className: "thumb", "aria-hidden": "true" }, ending.slice(0, MOST_LETTERS).toUpperCase());
}

const UNITS = [["MB", 1024 * 1024], ["KB", 1024], ["B", 1]];

// Return a size in bytes as text, such as "1.5 MB".
export function sizeText(bytes) {
  const [unit, size] = UNITS.find(([, least]) => bytes >= least) ?? UNITS.at(-1);
  return `${(bytes / size).toLocaleString(locale(), { maximumFractionDigits: 1 })} ${unit}`;
}
