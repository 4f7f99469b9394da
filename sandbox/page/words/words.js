// The page's own words, in the language of the acting person. English sentences are their own keys.
import { ZH_CN } from "/page/words/zh-CN.js";

const WORDS = { "zh-CN": ZH_CN };
let current = "en-US";

export const locale = () => current;

// Speak the language of a Discord locale. A language without words of its own gets English.
export function setLocale(name) {
  const lang = WORDS[name] ? name : "en", root = document.documentElement;
  current = name;
  if (root.lang !== lang) root.lang = lang; // a browser finds the style of every element again, also if it is the same
}

// Return a sentence in the person's language. {names} in it are replaced by the values of *about*.
export function say(sentence, about = {}) {
  const text = WORDS[current]?.[sentence] ?? sentence;
  return text.replace(/\{(\w+)\}/g, (whole, name) => about[name] ?? whole);
}

// Return the name of a Discord locale's language, in that language, with its region if that is not the usual one.
export function language(name) {
  const { language: alone, region } = new Intl.Locale(name);
  const usual = !region || new Intl.Locale(alone).maximize().region === region;
  return new Intl.DisplayNames([name], { type: "language" }).of(usual ? alone : name);
}
