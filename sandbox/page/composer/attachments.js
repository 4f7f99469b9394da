// Files that are attached to the message or command, and the tray that shows them.
import { fitting, preview, sizeText, thumbnail } from "/page/base/files.js";
import { $, make, makeButton } from "/page/base/make.js";
import { upload } from "/page/base/server.js";
import { ATTACHMENT, leafOf } from "/page/composer/commands.js";
import { change, draft, keepUploads, warn } from "/page/composer/draft.js";
import { labeled, openDialog } from "/page/forms/dialogs.js";
import { say } from "/page/words/words.js";
import { channel, emit, here, may, on } from "/page/world/state.js";

// Attachments: the files of the draft, which of them fill options of the taken command, and what is said of the others.
const MOST_FILES = 10; // https://discord.com/developers/docs/resources/message#create-message (2026-11-29)

// Attach files to the draft. With a taken command they fill its attachment options, beginning with the one called *name*.
export function attach(files, name = null) {
  const items = accepted(files).map(newItem);
  if (!items.length) return;
  if (draft.command && leafOf(draft.command.typed)) return void fill(items, name);
  change({ files: [...draft.files, ...items] });
}

function accepted(files) {
  if (channel()?.server && !may("ATTACH_FILES")) {
    warn(say("You do not have permission to attach files in this channel."));
    return [];
  }
  const { fit, sentences } = fitting(files, { limit: here.state.upload_limit, room: MOST_FILES - allItems().length, most: MOST_FILES });
  if (sentences.length) warn(sentences.join(" "));
  return fit;
}

const allItems = () => [...draft.files, ...(draft.command?.fields ?? []).map((one) => one.item).filter(Boolean)];

// Return an attachment. It is uploaded at once; what fails is tried again when the message is sent.
function newItem(file) {
  const item = { file, name: file.name, ...preview(file), spoiler: false, alt: "", part: 0 };
  upload(file, (part) => progress(item, part)).then((id) => arrived(item, id), () => {});
  return item;
}

function arrived(item, id) {
  item.upload = id;
  progress(item, 1);
  keepUploads();
}

function progress(item, part) {
  item.part = part;
  const bar = item.bar;
  if (!bar) return;
  bar.value = part;
  bar.hidden = part === 1;
}

// Return the fields of a command with *files* in its empty attachment options, and the files that are left.
export function distribute(leaf, fields, files) {
  const left = [...files], found = new Map(fields.map((one) => [one.name, one]));
  for (const { name } of leaf.options.filter((one) => one.type === ATTACHMENT)) {
    if (!left.length || found.get(name)?.item) continue;
    found.set(name, { name, text: "", value: null, item: left.shift() });
  }
  return { fields: leaf.options.map((one) => found.get(one.name)).filter(Boolean), files: left };
}

// Put files into the command's attachment options; *name* is the option to begin with. Emits `filled` with its field.
function fill(items, name) {
  const { command } = draft, leaf = leafOf(command.typed), target = command.fields.find((one) => one.name === name), rest = [...items];
  if (target) {
    target.item?.release();
    target.item = rest.shift();
  }
  const { fields, files } = distribute(leaf, command.fields, [...draft.files, ...rest]);
  change({ files, command: { ...command, fields } });
  const filled = fields.find((one) => items.includes(one.item));
  if (filled) emit("filled", filled);
  if (tooManyFiles()) warn(tooManyFiles());
}

// Take the file out of an option. A file that is left over takes its place.
export function emptyOption(field) {
  field.item.release();
  field.item = null;
  const { command } = draft, { fields, files } = distribute(leafOf(command.typed), command.fields, draft.files);
  change({ files, command: { ...command, fields } });
}

// Return a sentence if there are files that the taken command does not take, or "".
export function tooManyFiles() {
  const leaf = draft.command && leafOf(draft.command.typed), names = draft.files.map((one) => one.name).join(", ");
  if (!leaf || !names) return "";
  const count = leaf.options.filter((one) => one.type === ATTACHMENT).length;
  if (!count) return say("{command} takes no files. Remove {names} to send it.", { command: `/${leaf.name}`, names });
  return say("{command} takes no more than {count} files. Remove {names} to send it.", { command: `/${leaf.name}`, count, names });
}

// Return what the call that posts a message takes for these attachments. They are uploaded if they are not yet.
export function uploaded(items) {
  return Promise.all(items.map(async ({ file, spoiler, alt }) => ({ id: await upload(file), spoiler, description: alt || undefined })));
}

// The tray of attachments: thumbnails with name, size and progress, removal, spoilers and alt text.
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
