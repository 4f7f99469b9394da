// The list above the composer: commands, mentions, choices and suggestions. Only one is open at a time.
import { $, make } from "/page/base/make.js";
import { makeListbox } from "/page/base/listbox.js";

let opened = null;

// Return a completion for *field*. `offer` opens it with items, or with a sentence where there are none;
// `key` handles a keydown, and returns whether the list used it up. *take* is called with the value of the taken item.
export function makeCompletion(field, label, take) {
  const list = makeListbox(field, label, take), note = make("p", { className: "small note", role: "status" });
  list.node.tabIndex = 0; // what scrolls can have the focus, as Chromium has it without this
  const self = { offer, close, key: (event) => opened === self && list.key(event), get isOpen() { return opened === self; } };

  function offer(items, sentence = "") {
    if (!items.length && !sentence) return close();
    opened?.close();
    opened = self;
    note.textContent = sentence;
    $("completions").replaceChildren(...(items.length ? [list.node] : []), ...(sentence ? [note] : []));
    $("completions").hidden = false;
    list.show(items);
    mark(items.length > 0);
    return undefined;
  }

  function close() {
    if (opened !== self) return;
    opened = null;
    $("completions").hidden = true;
    list.show([]);
    mark(false);
  }

  // While the list is closed, the field must not point to it.
  function mark(open) {
    if (open) field.setAttribute("aria-controls", list.node.id);
    else field.removeAttribute("aria-controls");
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", String(open));
  }

  field.addEventListener("blur", close);
  mark(false);
  return self;
}
