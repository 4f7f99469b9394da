// Draw embeds.
import { make } from "/page/base/make.js";
import { colored } from "/page/messages/components.js";
import { link } from "/page/messages/links.js";
import { text } from "/page/messages/markdown.js";
import { image, isHosted, outside } from "/page/messages/media.js";
import { sentTime } from "/page/messages/times.js";
import { locale } from "/page/words/words.js";

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
