// Draw Discord's markdown as bots use it: emphasis, code, links, headings, lists, quotes, times and mentions.
import { make } from "/page/base/make.js";
import { since } from "/page/base/time.js";
import { locale } from "/page/words/words.js";
import { names } from "/page/world/state.js";

function when(seconds, style) {
  if (style === "R") return since(seconds * 1000);
  const about = { d: { dateStyle: "short" }, D: { dateStyle: "long" }, t: { timeStyle: "short" }, T: { timeStyle: "medium" }, F: { dateStyle: "full", timeStyle: "short" } };
  return new Intl.DateTimeFormat(locale(), about[style] ?? { dateStyle: "long", timeStyle: "short" }).format(seconds * 1000);
}

const MARKS = /\\([\\*_~`|>#\-[\]().!<@:])|`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\|\|(.+?)\|\||\*([^*\s][^*]*)\*|\b_([^_]+)_\b|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|<t:(\d+)(?::(\w))?>|<@&(\d+)>|<@!?(\d+)>|<#(\d+)>|(https?:\/\/[^\s<>]+)/g;

function inline(line, names) {
  const shown = [];
  let end = 0;
  for (const found of line.matchAll(MARKS)) {
    if (found.index > end) shown.push(line.slice(end, found.index));
    end = found.index + found[0].length;
    const [, escaped, code, bold, under, struck, spoiler, star, italic, label, href, seconds, style, role, user, channel, bare] = found;
    if (escaped) shown.push(escaped);
    else if (code) shown.push(make("code", {}, code));
    else if (bold) shown.push(make("strong", {}, ...inline(bold, names)));
    else if (under) shown.push(make("u", {}, ...inline(under, names)));
    else if (struck) shown.push(make("s", {}, ...inline(struck, names)));
    else if (spoiler) shown.push(make("span", { className: "spoiler", tabIndex: 0, onclick: (event) => event.currentTarget.classList.add("shown") }, ...inline(spoiler, names)));
    else if (star || italic) shown.push(make("em", {}, ...inline(star ?? italic, names)));
    else if (href || bare) shown.push(link(href ?? bare, label, names));
    else if (seconds) shown.push(time(Number(seconds), style));
    else if (role) shown.push(make("span", { className: "mention" }, `@${names.roles[role] ?? "deleted-role"}`));
    else if (user) shown.push(make("span", { className: "mention" }, `@${names.people[user] ?? "unknown-user"}`));
    else if (channel) shown.push(make("span", { className: "mention" }, `#${names.channels[channel] ?? "no-access"}`));
  }
  if (end < line.length) shown.push(line.slice(end));
  return shown;
}

const MESSAGE = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/\d+$/;

// Draw a bare link to a message as its channel, as Discord does.
function link(href, label, names) {
  const target = label ? null : MESSAGE.exec(href);
  return make("a", { href, rel: "noreferrer", target: "_blank", className: target ? "mention" : "" }, label ?? (target ? `#${names.channels[target[1]] ?? "no-access"} › ✉` : href));
}

function time(seconds, style) {
  const ticking = style === "R" ? seconds * 1000 : null;
  return make("time", { dateTime: new Date(seconds * 1000).toISOString(), title: when(seconds, "F"), "data-since": ticking }, when(seconds, style));
}

// Return the element that shows a text of Discord's markdown.
export function text(content) {
  const known = names();
  const shown = make("div", { className: "text" });
  for (const { 0: whole, 1: block, 2: line } of content.trim().matchAll(/```(?:\w*\n)?([\s\S]*?)```\n?|([^\n]*)\n?/g)) {
    if (block !== undefined) { shown.append(make("pre", {}, block)); continue; }
    if (!line) { if (whole) shown.append(make("p", {}, "\n")); continue; }
    const [, mark, rest] = /^(-# |#{1,3} |> |[-*] )?(.*)$/s.exec(line);
    const [tag, className] = { "-# ": ["small", "sub"], "# ": ["h3", ""], "## ": ["h4", ""], "### ": ["h5", ""], "> ": ["blockquote", ""], "- ": ["p", "item"], "* ": ["p", "item"] }[mark] ?? ["p", ""];
    shown.append(make(tag, { className }, ...inline(rest, known)));
  }
  return shown;
}
