// Draw images, videos, sounds and files.
import { make, makeButton } from "/page/base/make.js";
import { sizeText } from "/page/base/size.js";
import { say } from "/page/words/words.js";
import { on } from "/page/world/state.js";
import { openViewer } from "/page/messages/viewer.js";
import { link } from "/page/messages/links.js";
import { spoiler } from "/page/messages/spoiler.js";

const WIDEST_PX = 550, HIGHEST_PX = 350;
const SPOILER = 1 << 3;
const shown = new Set(); // the spoilers that the person has opened in this channel: they stay open when their message is drawn again
on("place", () => shown.clear());

// Return whether an address is one of the CDN: the page's security policy allows no other images.
export function isHosted(url) {
  const found = URL.canParse(url ?? "") ? new URL(url) : null;
  return ["127.0.0.1", "localhost"].includes(found?.hostname) && /^\/(?:ephemeral-)?attachments\//.test(found.pathname);
}

// Return the size at which an image is shown, within Discord's bounds. Its place is kept free while it loads.
function fitted({ width, height }) {
  if (!(width > 0 && height > 0)) return {};
  const scale = Math.min(1, WIDEST_PX / width, HIGHEST_PX / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

const nameOf = (url) => decodeURIComponent(new URL(url).pathname.split("/").at(-1));

// Draw an image as a button that opens it large. A *hidden* one is blurred until the first click. *media*: {url, width, height}.
export function image(media, description, hidden = false) {
  if (!isHosted(media?.url)) return outside(media);
  const alt = description || "", about = { alt: alt || nameOf(media.url), key: media.url.split("?")[0] };
  const veiled = hidden && !shown.has(about.key);
  const img = make("img", { alt: "", loading: "lazy", decoding: "async", ...fitted(media) });
  const node = makeButton({
    className: veiled ? "image veiled" : "image", title: veiled ? null : alt,
    "aria-label": veiled ? say("Show spoiler") : say("Open image: {name}", { name: about.alt }),
  }, img, veiled ? make("span", { className: "veil" }, say("Spoiler")) : null);
  node.dataset.url = media.url;
  node.dataset.alt = alt;
  node.addEventListener("click", () => (node.classList.contains("veiled") ? unveil(node, about) : openViewer(node)));
  img.addEventListener("error", () => node.replaceWith(broken(about.alt, media.url)));
  img.src = media.url;
  return node;
}

function unveil(node, { alt, key }) {
  shown.add(key);
  node.classList.remove("veiled");
  node.querySelector(".veil").remove();
  node.setAttribute("aria-label", say("Open image: {name}", { name: alt }));
}

function broken(alt, url) {
  const why = say("{name} does not load.", { name: nameOf(url) });
  return make("span", { className: "broken" }, make("span", {}, alt), make("span", { className: "small" }, why));
}

// An image of another site: the page loads nothing from there.
export function outside(media) {
  if (!media?.url) return make("span", { className: "broken" }, say("An image is missing here."));
  return make("span", { className: "outside" }, link(media.url));
}

// Draw 1 to 10 images as Discord arranges them. *items*: [{media, description, spoiler}].
export function gallery(items) {
  return make("div", { className: `gallery of${items.length}` }, ...items.map((item) => visual(item)));
}

function visual({ media, description, spoiler: hidden }) {
  if (!media?.content_type?.startsWith("video/")) return image(media, description, hidden);
  return hidden ? spoiler("div", [video(media, description)]) : video(media, description);
}

function video(media, description) {
  if (!isHosted(media.url)) return outside(media);
  const about = { controls: true, preload: "metadata", "aria-label": description || nameOf(media.url), ...fitted(media) };
  return make("video", { ...about, src: media.url, onerror: (event) => event.target.replaceWith(broken(about["aria-label"], media.url)) });
}

// Draw a file as a card with its name, size and type.
export function download({ id, name, size, type }) {
  const about = [sizeText(size), type?.split(";")[0]].filter(Boolean).join(" · ");
  return make("div", { className: "download" },
    make("span", { className: "sign", "aria-hidden": "true" }, "▤"),
    make("span", {}, make("a", { href: `/files/${id}`, download: name }, name), make("span", { className: "small" }, about)));
}

const isSpoiler = (found) => Boolean((found.flags ?? 0) & SPOILER) || found.filename.startsWith("SPOILER_");
const isType = (found, type) => Boolean(found.content_type?.startsWith(`${type}/`));
const isVisual = (found) => (isType(found, "image") && found.width > 0) || isType(found, "video");
const card = (found) => download({ id: found.id, name: found.filename, size: found.size, type: found.content_type });

// Draw the attachments of a message: images and videos together, then each other file.
export function attachments(found) {
  const seen = found.filter(isVisual);
  const items = seen.map((one) => ({ media: one, description: one.description, spoiler: isSpoiler(one) }));
  return [seen.length ? gallery(items) : null, ...found.filter((one) => !seen.includes(one)).map(file)];
}

function file(found) {
  if (!isType(found, "audio")) return isSpoiler(found) ? spoiler("div", [card(found)]) : card(found);
  const player = make("audio", { src: found.url, controls: true, preload: "none", "aria-label": found.filename });
  return make("div", { className: "sound" }, card(found), player);
}
