// The locales of Discord's clients: https://discord.com/developers/docs/reference#locales (2026-11-24)
export const LOCALES = [
  "en-US", "en-GB", "zh-CN", "zh-TW", "ja", "ko", "id", "da", "de", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
  "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th",
];
