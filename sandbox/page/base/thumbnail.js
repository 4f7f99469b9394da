// Thumbnails of files that are to be sent.
import { make } from "/page/base/make.js";

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
