// Selects of messages and modals, of every type: a button that shows what is chosen and opens the options.
import { acknowledged } from "/page/base/interaction.js";
import { make, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { closePopup } from "/page/base/popup.js";
import { defaultsOf, limitsOf, optionsOf } from "/page/forms/choices.js";
import { openOptions } from "/page/forms/options.js";
import { say } from "/page/words/words.js";

// Return a select: {node, read}. *onpick* is called with the values when they have changed: at once in a select of one value, when the
// list closes in one of several. It returns the answer of the sandbox. Too few values, and values that the bot does not acknowledge,
// are given back. Without *onpick* the values are only kept. *optional*: all values can be removed.
export function makeSelect(part, { label, onpick, optional = false } = {}) {
  const [given, most] = limitsOf(part), least = optional ? 0 : given, placeholder = part.placeholder || say("Make a selection");
  let chosen = new Set(defaultsOf(part)), open = false;
  const node = makeButton({
    className: "select", role: "combobox", "aria-haspopup": "dialog", "aria-expanded": "false", "aria-label": label ?? placeholder,
    disabled: part.disabled, onclick: () => (open ? closePopup() : show()), onkeydown: key,
  });

  function draw() {
    const faces = optionsOf(part).filter((one) => chosen.has(one.value)).map((one) => face(one, most));
    if (!faces.length) faces.push(make("span", { className: "placeholder" }, placeholder));
    node.replaceChildren(make("span", { className: "value" }, ...faces));
    node.setAttribute("aria-expanded", String(open));
  }

  function show() {
    const before = new Set(chosen);
    open = true;
    draw();
    openOptions(node, { label: label ?? placeholder, options: optionsOf(part), chosen, least, most }, () => close(before));
  }

  function close(before) {
    open = false;
    const changed = chosen.size !== before.size || [...chosen].some((one) => !before.has(one));
    const few = chosen.size < least;
    if (onpick && few) chosen = before;
    draw();
    if (changed) node.dispatchEvent(new Event("change", { bubbles: true }));
    if (!onpick || !changed) return;
    if (few) notify(say("Choose at least {count}.", { count: least }));
    else send(before);
  }

  // What the bot does not acknowledge can be chosen again.
  async function send(before) {
    const answer = await onpick([...chosen]);
    if (answer && await acknowledged(answer.interaction).catch(() => true)) return;
    chosen = before;
    draw();
  }

  function key(event) {
    if (node.ariaDisabled) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    show();
  }

  draw();
  return { node, read: () => [...chosen] };
}

function face(option, most) {
  const text = [option.emoji, option.label].filter(Boolean).join(" ");
  return make("span", { className: most > 1 ? "picked" : "", dir: "auto" }, text);
}
