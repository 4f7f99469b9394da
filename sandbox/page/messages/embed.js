// Draw embeds.
import { make } from "/page/base/make.js";
import { text } from "/page/messages/markdown.js";
import { image } from "/page/messages/media.js";

// Return the element of an embed.
export function embed(found) {
  return make("div", { className: "container" }, found.title ? make("strong", {}, found.title) : null, found.description ? text(found.description) : null,
    ...(found.fields ?? []).map((f) => make("div", {}, make("strong", {}, f.name), text(f.value))), found.image?.proxy_url ? image({ url: found.image.proxy_url }) : null);
}
