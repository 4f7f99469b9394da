// Draw the components of messages.
import { make } from "/page/base/make.js";
import { makeSelect } from "/page/forms/select.js";
import { text } from "/page/messages/markdown.js";
import { download, image } from "/page/messages/media.js";

const BUTTONS = { 1: "primary", 3: "success", 4: "danger" };

function button(part, press) {
  const face = [part.emoji?.name, part.label].filter(Boolean).join(" ") || "•";
  if (part.style === 5) return make("a", { className: "button", href: part.url, rel: "noreferrer", target: "_blank" }, `${face} ↗`);
  return make("button", { type: "button", className: BUTTONS[part.style] ?? "", disabled: part.disabled, onclick: () => press(part) }, face);
}

// Draw a component of a message. *press* is called with the pressed component and its values.
export function component(part, press) {
  const inner = () => (part.components ?? []).map((child) => component(child, press));
  switch (part.type) {
    case 1: return make("div", { className: "buttons" }, ...inner());
    case 2: return button(part, press);
    case 3: case 5: case 6: case 7: case 8: return makeSelect(part, { onpick: (values) => press(part, values) }).node;
    case 9: return make("div", { className: "section" }, make("div", {}, ...inner()), component(part.accessory, press));
    case 10: return text(part.content);
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
