// Mentions: which parts of a text stand for a person, a role or a channel, and what completes them.
import { make } from "/page/base/make.js";
import { say } from "/page/words/words.js";
import { botName, channel, here, isThread, names, place, serverOf } from "/page/world/state.js";

const MOST_ITEMS = 25;
const TYPED = /(?:^|[\s(])([@#])((?:[^\s@#][^\n@#]{0,31})?)$/;
const CODE_SPAN = /(```[^]*?```|`[^`\n]*`)/;
const CODE = /<@!?(\d+)>|<@&(\d+)>|<#(\d+)>/g;

// Return the mentions of a text that was changed from *before* to *after*; *caret* is where the change ended.
export function moved(mentions, before, after, caret) {
  const most = Math.min(before.length, after.length - caret);
  let end = 0, start = 0;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  while (start < Math.min(before.length, after.length) - end && before[start] === after[start]) start++;
  const stop = before.length - end, by = after.length - before.length;
  return mentions.flatMap((one) => {
    if (one.end <= start) return [one];
    return one.start >= stop ? [{ ...one, start: one.start + by, end: one.end + by }] : [];
  });
}

// Return the content of a message: completed mentions, and the bot's typed name, as Discord's codes.
export function toContent(text, mentions) {
  const bot = new RegExp(`(?<![\\w.])@${botName().replace(/\W/g, "\\$&")}(?![\\w.-]*\\w)`, "gi");
  const plain = (part) => part.split(CODE_SPAN).map((one, n) => (n % 2 ? one : one.replace(bot, `<@${here.state.bot}>`))).join("");
  let content = "", end = 0;
  for (const one of mentions) {
    content += plain(text.slice(end, one.start)) + one.code;
    end = one.end;
  }
  return content + plain(text.slice(end));
}

// Return the text and mentions of a message's content.
export function fromContent(content) {
  const known = names(), mentions = [];
  let text = "", end = 0;
  for (const found of content.matchAll(CODE)) {
    const [code, person, role, place] = found;
    const name = known.people[person] ?? known.roles[role] ?? known.channels[place];
    if (!name) continue;
    text += content.slice(end, found.index);
    const shown = `${place ? "#" : "@"}${name}`;
    mentions.push({ start: text.length, end: text.length + shown.length, code });
    text += shown;
    end = found.index + code.length;
  }
  return { text: text + content.slice(end), mentions };
}

// Return what the text before the caret asks to complete: {start, items}, or null.
export function mentionsFor(before) {
  const found = TYPED.exec(before);
  if (!found) return null;
  const [, sign, query] = found, typed = query.toLowerCase();
  const fits = (sign === "@" ? targets() : channels()).filter((one) => one.name.toLowerCase().includes(typed));
  const first = (one) => (one.name.toLowerCase().startsWith(typed) ? 0 : 1);
  const items = fits.sort((a, b) => first(a) - first(b)).slice(0, MOST_ITEMS);
  return { start: before.length - query.length - 1, items: items.map((one) => ({ value: one, node: row(one) })) };
}

function row({ sign, name, small }) {
  const about = small ? make("span", { className: "small" }, small) : null;
  return make("span", { className: "offered" }, make("strong", {}, `${sign}${name}`), about && " ", about);
}

function targets() {
  const { people, roles } = place(), server = serverOf(channel()), named = roles.filter((one) => one.id !== server?.id);
  const everyone = server ? [{ sign: "@", name: "everyone", code: null, small: say("Everyone in this server") }] : [];
  return [
    ...people.map((one) => ({ sign: "@", name: one.name, code: `<@${one.id}>`, small: one.id === here.state.bot ? say("APP") : null })),
    ...named.map((one) => ({ sign: "@", name: one.name, code: `<@&${one.id}>`, small: say("Role") })),
    ...everyone,
  ];
}

function channels() {
  return place().channels.map((one) => ({ sign: "#", name: one.name, code: `<#${one.id}>`, small: isThread(one) ? say("Thread") : null }));
}
