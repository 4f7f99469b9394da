// The avatar and the name of who wrote a message.
import { avatar } from "/page/base/avatar.js";
import { make } from "/page/base/make.js";

// Return the avatar of a user: the mark of our bot, or the first letter of the name.
export function face(user, small = false) {
  const name = nameOf(user), node = avatar(user.id, name);
  node.classList.toggle("tiny", small);
  if (user.bot && name === "Wanvas") node.replaceChildren(make("img", { src: "/page/icon.svg", alt: "" }));
  return node;
}

// Return the name that Discord shows. A name without any visible letter gets a sign in its place.
export function nameOf(user) {
  const name = (user.global_name ?? user.username ?? "").replace(/[\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/gu, "").trim();
  return name || "?";
}
