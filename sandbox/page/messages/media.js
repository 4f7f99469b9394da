// Draw images and files.
import { make } from "/page/base/make.js";

function spoiled(node, hidden) {
  if (!hidden) return node;
  return make("button", { type: "button", className: "veil", title: "Show spoiler", onclick: (event) => event.currentTarget.replaceWith(node) }, node.cloneNode());
}

export function image(media, description, hidden = false) {
  return spoiled(make("img", { src: media.url, alt: description ?? "", width: media.width, height: media.height, loading: "lazy" }), hidden);
}

export function download(name, size, url) {
  return make("a", { className: "download", href: url, download: name }, `↓ ${name}`, make("span", { className: "small" }, ` ${size?.toLocaleString() ?? "?"} bytes`));
}

export function file(attachment) {
  if (attachment.content_type?.startsWith("image/")) return make("span", { className: "file" }, image(attachment, attachment.description ?? attachment.filename, attachment.filename.startsWith("SPOILER_")));
  return download(attachment.filename, attachment.size, attachment.url);
}
