// The page's own words, and the languages of Discord's clients.
import { ZH_CN } from "/page/words/zh-CN.js";

// The page's own words, in the language of the acting person. English sentences are their own keys.
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

// The locales of Discord's clients: https://discord.com/developers/docs/reference#locales (2026-11-24)
export const LOCALES = [
  "en-US", "en-GB", "zh-CN", "zh-TW", "ja", "ko", "id", "da", "de", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
  "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th",
];
