// Draw Discord's message objects.
import { make } from "/page/make.js";
import { client, text } from "/page/words.js";
import { chooser, picked } from "/page/fields.js";

function spoiled(node, hidden) {
  if (!hidden) return node;
  return make("button", { type: "button", className: "veil", title: "Show spoiler", onclick: (event) => event.currentTarget.replaceWith(node) }, node.cloneNode());
}

function image(media, description, hidden = false) {
  return spoiled(make("img", { src: media.url, alt: description ?? "", width: media.width, height: media.height, loading: "lazy" }), hidden);
}

const BUTTONS = { 1: "primary", 3: "success", 4: "danger" };

function button(part, press) {
  const face = [part.emoji?.name, part.label].filter(Boolean).join(" ") || "•";
  if (part.style === 5) return make("a", { className: "button", href: part.url, rel: "noreferrer", target: "_blank" }, `${face} ↗`);
  return make("button", { type: "button", className: BUTTONS[part.style] ?? "", disabled: part.disabled, onclick: () => press(part) }, face);
}

function select(part, names, place, press) {
  const node = chooser(part, place);
  if (!node.multiple) { node.addEventListener("change", () => press(part, picked(node))); return node; }
  return make("span", { className: "many" }, node, make("button", { type: "button", disabled: part.disabled, onclick: () => press(part, picked(node)) }, client("Choose", names.locale)));
}

function download(name, size, url) {
  return make("a", { className: "download", href: url, download: name }, `↓ ${name}`, make("span", { className: "small" }, ` ${size?.toLocaleString() ?? "?"} bytes`));
}

function component(part, names, place, press) {
  const inner = () => (part.components ?? []).map((child) => component(child, names, place, press));
  switch (part.type) {
    case 1: return make("div", { className: "buttons" }, ...inner());
    case 2: return button(part, press);
    case 3: case 5: case 6: case 7: case 8: return select(part, names, place, press);
    case 9: return make("div", { className: "section" }, make("div", {}, ...inner()), component(part.accessory, names, place, press));
    case 10: return text(part.content, names);
    case 11: return make("span", { className: "thumbnail" }, image(part.media, part.description, part.spoiler));
    case 12: return make("div", { className: `gallery of${Math.min(part.items.length, 4)}` }, ...part.items.map((item) => image(item.media, item.description, item.spoiler)));
    case 13: return download(part.name, part.size, part.file.url);
    case 14: return make("hr", { className: `${part.spacing === 2 ? "wide" : ""} ${part.divider ? "" : "bare"}` });
    case 17: {
      const node = make("div", { className: "container" }, ...inner());
      if (part.accent_color !== null && part.accent_color !== undefined) node.style.borderLeftColor = `#${part.accent_color.toString(16).padStart(6, "0")}`;
      return node;
    }
    default: return make("p", { className: "small" }, `(the page does not draw components of type ${part.type})`);
  }
}

function file(attachment) {
  if (attachment.content_type?.startsWith("image/")) return make("span", { className: "file" }, image(attachment, attachment.description ?? attachment.filename, attachment.filename.startsWith("SPOILER_")));
  return download(attachment.filename, attachment.size, attachment.url);
}

function embed(found, names) {
  return make("div", { className: "container" }, found.title ? make("strong", {}, found.title) : null, found.description ? text(found.description, names) : null,
    ...(found.fields ?? []).map((f) => make("div", {}, make("strong", {}, f.name), text(f.value, names))), found.image?.proxy_url ? image({ url: found.image.proxy_url }) : null);
}

// Draw a message. *names*: of people, roles, channels; *place*: the options of selects; *act*: the actions.
export function message(found, { names, place, act }) {
  const hidden = Boolean(found.flags & 64), thinking = Boolean(found.flags & 128), there = found.referenced_message;
  const press = (part, values) => act.press(found, part, values), says = (text) => client(text, names.locale);
  const whole = [...(found.message_snapshots ?? []).map((snapshot) => ({ ...snapshot.message, forwarded: true })), found];
  return make("article", { id: `m${found.id}`, className: hidden ? "private" : "", tabIndex: 0 },
    there === null ? make("p", { className: "reply" }, "↱ Original message was deleted") : null,
    there ? make("p", { className: "reply" }, `↱ ${there.author.global_name}: ${there.content ? text(there.content, names).textContent : "an image"}`) : null,
    make("p", { className: "by" }, found.author.global_name, " ", found.author.bot ? make("span", { className: "bot" }, says("BOT")) : null,
      make("span", { className: "small" }, ` ${new Date(found.timestamp).toLocaleTimeString(names.locale, { timeStyle: "short" })}${found.edited_timestamp ? ` · ${says("edited")}` : ""}`)),
    thinking ? make("p", { className: "thinking sub" }, says("Wanvas is thinking")) : null,
    ...whole.flatMap((body) => [body.forwarded ? make("p", { className: "reply" }, "↷ forwarded") : null, body.content ? text(body.content, names) : null,
      ...body.attachments.map(file), ...(body.embeds ?? []).map((one) => embed(one, names)), ...(body.components ?? []).map((part) => component(part, names, place, press))]),
    hidden ? make("p", { className: "small" }, says("Only you can see this.")) : null,
    thinking ? null : make("div", { className: "menu buttons" },
      hidden ? null : make("button", { type: "button", onclick: () => act.reply(found) }, "Reply"),
      hidden || !act.thread ? null : make("button", { type: "button", onclick: () => act.thread(found) }, "Thread"),
      ...act.menus.map((command) => make("button", { type: "button", onclick: () => act.menu(found, command) }, `Apps ▸ ${act.localized(command, "name")}`)),
      hidden || found.author.id !== act.me ? null : make("button", { type: "button", onclick: () => act.remove(found) }, "Delete")));
}
