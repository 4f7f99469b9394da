// Draw the components of messages, of both versions.
import { make, makeButton } from "/page/base/make.js";
import { makeSelect } from "/page/forms/select.js";
import { leading, safe } from "/page/messages/links.js";
import { text } from "/page/messages/markdown.js";
import { download, gallery, image } from "/page/messages/media.js";
import { spoiler } from "/page/messages/spoiler.js";
import { say } from "/page/words/words.js";

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
export function colored(node, color) {
  if (!Number.isInteger(color) || color < 0 || color > WHITE) return node;
  node.style.borderInlineStartColor = `#${color.toString(16).padStart(6, "0")}`;
  return node;
}
