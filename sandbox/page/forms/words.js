// Words beside fields and options.
import { make } from "/page/base/make.js";

// Return small words under others, or null.
export const small = (words) => (words ? make("span", { className: "small", dir: "auto" }, words) : null);

// Return a name with its description below it.
export const twoLines = (name, about) => make("span", { className: "two-lines" }, make("span", { dir: "auto" }, name), small(about));
