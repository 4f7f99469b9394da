// Draws Discord's message objects. Whatever comes from the state is put in as text, never as markup.

export function make(tag, about = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function since(seconds) {
  const ahead = seconds - Date.now() / 1000;
  const [unit, size] = Math.abs(ahead) < 5400 ? ["minute", 60] : Math.abs(ahead) < 129600 ? ["hour", 3600] : ["day", 86400];
  return relative.format(Math.round(ahead / size), unit);
}

export function text(content, names) {
  const shown = make("div", { className: "text" });
  for (const line of content.split("\n")) {
    const sub = line.startsWith("-# ");
    const plain = (sub ? line.slice(3) : line)
      .replace(/<t:(\d+)(?::\w)?>/g, (_, seconds) => since(Number(seconds)))
      .replace(/<@!?(\d+)>/g, (_, id) => "@" + (names[id] ?? "somebody"))
      .replace(/\\([*_~`|>#\-[\]()\\@])/g, "$1");
    shown.append(sub ? make("span", { className: "sub" }, plain) : plain + "\n");
  }
  return shown;
}

function picture(media, description) {
  return make("img", { src: media.url, alt: description ?? "", width: media.width, height: media.height, loading: "lazy" });
}

const BUTTONS = { 1: "primary", 4: "danger" };

export function component(part, names, press) {
  const inner = () => (part.components ?? []).map((child) => component(child, names, press));
  switch (part.type) {
    case 1: return make("div", { className: "buttons" }, ...inner());
    case 2: return make("button", { type: "button", className: BUTTONS[part.style] ?? "", disabled: part.disabled, onclick: () => press(part) }, part.label ?? "•");
    case 10: return text(part.content, names);
    case 12: return make("div", { className: "gallery" }, ...part.items.map((item) => picture(item.media, item.description)));
    case 14: return make("hr");
    case 17: return make("div", { className: "container" }, ...inner());
    default: return make("p", { className: "small" }, `(component ${part.type} is not drawn here)`);
  }
}

function file(attachment) {
  if ((attachment.content_type ?? "").startsWith("image/")) return make("img", { className: "file", src: attachment.url, alt: attachment.description ?? attachment.filename });
  return make("p", { className: "small" }, `📄 ${attachment.filename} (${attachment.size.toLocaleString()} bytes)`);
}

export function message(found, names, act) {
  const hidden = Boolean(found.flags & 64), thinking = Boolean(found.flags & 128);
  const there = found.referenced_message;
  const whole = [...(found.message_snapshots ?? []).map((snapshot) => ({ ...snapshot.message, forwarded: true })), found];
  return make("article", { className: hidden ? "private" : "", tabIndex: 0 },
    there ? make("p", { className: "reply" }, `↱ ${there.author.global_name}: ${there.content ? text(there.content, names).textContent : "a picture"}`) : null,
    make("p", { className: "by" }, found.author.global_name, " ", found.author.bot ? make("span", { className: "bot" }, "BOT") : null,
      make("span", { className: "small" }, ` ${new Date(found.timestamp).toLocaleTimeString()}`)),
    thinking ? make("p", { className: "thinking sub" }, "Wanvas is thinking") : null,
    ...whole.flatMap((body) => [body.content ? text(body.content, names) : null,
      ...body.attachments.map(file), ...(body.components ?? []).map((part) => component(part, names, (pressed) => act.press(found, pressed)))]),
    hidden ? make("p", { className: "small" }, "Only you can see this.") : null,
    thinking ? null : make("div", { className: "menu buttons" },
      hidden ? null : make("button", { type: "button", onclick: () => act.reply(found) }, "Reply"),
      ...act.menus.map((command) => make("button", { type: "button", onclick: () => act.menu(found, command) }, `Apps ▸ ${command.name}`))));
}
