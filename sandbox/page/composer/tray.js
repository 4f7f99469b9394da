// The tray of attachments: thumbnails with name, size and progress, removal, spoilers and alt text.
import { $, make, makeButton } from "/page/base/make.js";
import { sizeText } from "/page/base/size.js";
import { thumbnail } from "/page/base/thumbnail.js";
import { change, draft } from "/page/composer/draft.js";
import { labeled, openDialog } from "/page/forms/dialogs.js";
import { say } from "/page/words/words.js";
import { emit, on } from "/page/world/state.js";

const MOST_ALT_CHARS = 1024; // https://discord.com/developers/docs/resources/message#attachment-object (2026-11-29)

function remove(item) {
  const number = draft.files.indexOf(item);
  item.release();
  change({ files: draft.files.filter((one) => one !== item) });
  const next = $("attachments").children[Math.min(number, draft.files.length - 1)];
  if (next) next.querySelector("button:last-child").focus();
  else emit("compose");
}

function describe(item) {
  const text = make("textarea", { value: item.alt, rows: 3, maxLength: MOST_ALT_CHARS });
  const submit = async () => {
    item.alt = text.value.trim();
    draw();
  };
  openDialog(say("Describe {name}", { name: item.name }), [labeled(say("Alt text"), text)], submit, say("Save"));
}

function toggleSpoiler(item) {
  item.spoiler = !item.spoiler;
  draw();
  $("attachments").children[draft.files.indexOf(item)].querySelector("button").focus();
}

// What only a message says of its files, and no command.
function ofMessage(item) {
  const { name, spoiler, alt } = item;
  return [
    makeButton({
      "aria-pressed": String(spoiler), "aria-label": say("Spoiler: {name}", { name }), title: say("Spoiler"),
      onclick: () => toggleSpoiler(item),
    }, "◐"),
    makeButton({
      "aria-label": say("Alt text: {name}", { name }), title: alt || say("Alt text"), onclick: () => describe(item),
    }, alt ? "ALT ✓" : "ALT"),
  ];
}

function bar(item) {
  item.bar = make("progress", { max: 1, value: item.part, "aria-label": say("Uploading {name}", { name: item.name }) });
  item.bar.hidden = item.part === 1;
  return item.bar;
}

function card(item) {
  const { name } = item;
  const onkeydown = (event) => {
    if (event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    remove(item);
  };
  return make("li", { className: item.spoiler ? "attachment spoilered" : "attachment", onkeydown },
    make("span", { className: "thumb-box" }, thumbnail(item)), make("span", { className: "file-name", title: name }, name),
    make("span", { className: "small" }, sizeText(item.file.size)), bar(item),
    make("span", { className: "attachment-buttons" }, ...(draft.command ? [] : ofMessage(item)),
      makeButton({ "aria-label": say("Remove {name}", { name }), title: say("Remove"), onclick: () => remove(item) }, "×")));
}

function draw() {
  $("attachments").hidden = !draft.files.length;
  $("attachments").replaceChildren(...draft.files.map(card));
}

on("draft", draw);
