// Avatars: the first letter of a name, in a color that stays with the id.
import { make } from "/page/base/make.js";

const COLORS = 6; // --avatar-0 to --avatar-5 in style/base.css

// Return the avatar of a person, a bot or a server. Screen readers skip it: the name stands beside it.
export function avatar(id, name) {
  const node = make("span", { className: "avatar", "aria-hidden": "true" }, [...name.replace(/^[@#]/, "")][0]?.toUpperCase() ?? "?");
  node.dataset.color = Number(BigInt(id) % BigInt(COLORS));
  return node;
}
