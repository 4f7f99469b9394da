// What a message carries: files, components and embeds.
import { sizeText } from "/page/base/files.js";
import { make, makeButton } from "/page/base/make.js";
import { sentTime } from "/page/base/time.js";
import { makeSelect } from "/page/forms/select.js";
import { leading, link, safe, spoiler, text } from "/page/messages/markdown.js";
import { openViewer } from "/page/messages/viewer.js";
import { locale, say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

// Draw images, videos, sounds and files.
const WIDEST_PX = 550, HIGHEST_PX = 350;
const SPOILER = 1 << 3;
const shown = new Set(); // the spoilers that the person has opened in this channel: they stay open when their message is drawn again
on("place", () => shown.clear());

// Return whether an address is one of the CDN: the page's security policy allows no other images.
function isHosted(url) {
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
function image(media, description, hidden = false) {
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
function outside(media) {
  if (!media?.url) return make("span", { className: "broken" }, say("An image is missing here."));
  return make("span", { className: "outside" }, link(media.url));
}

// Draw 1 to 10 images as Discord arranges them. *items*: [{media, description, spoiler}].
function gallery(items) {
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
function download({ id, name, size, type }) {
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
  return [seen.length ? gallery(items) : null, ...found.filter((one) => !seen.includes(one)).map(fileCard)];
}

function fileCard(found) {
  if (!isType(found, "audio")) return isSpoiler(found) ? spoiler("div", [card(found)]) : card(found);
  const player = make("audio", { src: found.url, controls: true, preload: "none", "aria-label": found.filename });
  return make("div", { className: "sound" }, card(found), player);
}

// Draw the components of messages, of both versions.
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5, PREMIUM = 6;
const WHITE = 0xffffff;

const RENDERERS = {
  1: (part, press) => make("div", { className: "buttons" }, ...inner(part, press)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: section,
  10: (part) => text(part.content ?? ""),
  11: (part) => make("div", { className: "thumbnail" }, image(part.media, part.description, part.spoiler)),
  12: (part) => gallery(part.items ?? []),
  13: file,
  14: (part) => make("hr", { className: `${part.spacing === 2 ? "wide" : ""} ${part.divider === false ? "bare" : ""}` }),
  17: container,
};

// Draw a component of a message. *press* is called with the pressed component, and the values of a select.
export function component(part, press) {
  const draw = RENDERERS[part?.type];
  if (draw) return draw(part, press);
  return make("p", { className: "small" }, say("The page does not draw components of type {type}.", { type: `${part?.type}` }));
}

const inner = (part, press) => (part.components ?? []).map((child) => component(child, press));

// A name without any visible letter gets a sign in its place.
const visible = (words) => ((words ?? "").replace(/[\p{Cf}\p{Cc}\p{Z}]/gu, "") ? words : "");

function face(part) {
  const { emoji } = part, sign = emoji?.id ? `:${emoji.name}:` : emoji?.name;
  const words = [sign && make("span", { className: "emoji" }, sign), visible(part.label) && make("bdi", {}, part.label)].filter(Boolean);
  return words.length ? words : ["•"];
}

function button(part, press) {
  if (part.style === PREMIUM) return makeButton({ className: "component primary", disabled: true }, say("Not for sale in the sandbox"));
  if (part.style === LINK) return opener(part);
  const className = `component ${STYLES[part.style] ?? "secondary"}`;
  const node = makeButton({ className, disabled: part.disabled, onclick: () => press(part) }, ...face(part));
  node.dataset.customId = part.custom_id;
  return node;
}

function opener(part) {
  const closed = part.disabled || !safe(part.url);
  if (closed) return makeButton({ className: "component secondary", disabled: true }, ...face(part), " ↗");
  const arrow = make("span", { "aria-hidden": "true" }, " ↗");
  return make("a", { className: "component secondary", ...leading(part.url) }, ...face(part), arrow);
}

function select(part, press) {
  const { node } = makeSelect(part, { onpick: (values) => press(part, values) });
  node.dataset.customId = part.custom_id;
  return node;
}

function section(part, press) {
  const accessory = part.accessory && make("div", { className: "accessory" }, component(part.accessory, press));
  return make("div", { className: "section" }, make("div", {}, ...inner(part, press)), accessory);
}

function file(part) {
  const card = download({ id: part.file?.attachment_id, name: part.name ?? say("a file"), size: part.size, type: part.file?.content_type });
  return part.spoiler ? spoiler("div", [card]) : card;
}

function container(part, press) {
  const shown = inner(part, press);
  const node = make("div", { className: "container" }, ...(part.spoiler ? [spoiler("div", shown)] : shown));
  return colored(node, part.accent_color);
}

// Give a container or an embed the color of its bar. A number that is no color gives none.
function colored(node, color) {
  if (!Number.isInteger(color) || color < 0 || color > WHITE) return node;
  node.style.borderInlineStartColor = `#${color.toString(16).padStart(6, "0")}`;
  return node;
}

// Draw embeds.

// Return the element of an embed.
export function embed(found) {
  const words = [
    found.provider?.name ? make("p", { className: "small" }, found.provider.name) : null,
    found.author?.name ? named(found.author, "author") : null,
    found.title ? title(found) : null,
    found.description ? text(found.description) : null,
    fields(found.fields ?? []),
  ];
  const node = make("div", { className: "container embed" },
    make("div", { className: "words" }, make("div", {}, ...words), picture(found.thumbnail, "thumbnail")),
    picture(found.image, "large"), footer(found));
  return colored(node, found.color || null); // 0 is no color, as in Discord
}

function title(found) {
  const words = text(found.title);
  return make("p", { className: "title" }, found.url ? link(found.url, [...words.firstElementChild?.childNodes ?? []]) : words);
}

// An author or a footer, with an icon if the CDN has it.
function named(found, className) {
  const name = found.name ?? found.text, icon = icons(found);
  return make("p", { className }, icon, make("bdi", {}, ...(found.url ? [link(found.url, [name])] : [name])));
}

function icons(found) {
  const url = [found.proxy_icon_url, found.icon_url].find(isHosted);
  return url ? make("img", { className: "icon-image", src: url, alt: "" }) : null;
}

function fields(found) {
  if (!found.length) return null;
  return make("div", { className: "fields" }, ...found.map(field));
}

function field({ name, value, inline }) {
  return make("div", { className: inline ? "inline" : "" }, make("div", { className: "name" }, text(name ?? "")), text(value ?? ""));
}

// An image of another site is shown as a link, unless the CDN has a copy.
function picture(found, className) {
  if (!found?.url && !found?.proxy_url) return null;
  const url = [found.proxy_url, found.url].find(isHosted);
  return make("div", { className }, url ? image({ ...found, url }, found.description) : outside(found));
}

function footer(found) {
  const at = Date.parse(found.timestamp ?? ""), about = { lang: locale(), dateTime: found.timestamp };
  const time = Number.isNaN(at) ? null : make("time", about, sentTime(at));
  if (!found.footer?.text && !time) return null;
  const words = found.footer?.text ? named(found.footer, "") : null;
  return make("div", { className: "foot small" }, words, words && time ? "•" : null, time);
}
