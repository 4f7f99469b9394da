// Where files come from: the picker, the clipboard, and a drop anywhere on the page.
import { $ } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { attach } from "/page/composer/attachments.js";
import { say } from "/page/words/words.js";
import { channel, here, label } from "/page/world/state.js";

let picksFor = null; // the attachment option that the picker was opened for

// Open the picker; *name* is the attachment option to fill.
export function pickFiles(name = null) {
  picksFor = name;
  $("files").click();
}

$("attach").addEventListener("click", () => pickFiles());
$("files").addEventListener("change", () => {
  attach([...$("files").files], picksFor);
  $("files").value = ""; // the same file can be chosen again
  picksFor = null;
});

// Dialogs have fields of their own for files. Where the composer is hidden, nothing takes them.
const inDialog = () => Boolean(document.querySelector("dialog[open]"));
const isTaking = () => Boolean(here.state && channel()) && $("composer").checkVisibility();
const optionAt = (target) => target.closest?.("[data-option]:has(.file-option)")?.dataset.option ?? null;

document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length || inDialog() || !isTaking()) return;
  event.preventDefault();
  attach(files, optionAt(document.activeElement));
});

const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && !inDialog();

function overlay(shown) {
  $("drop").hidden = !shown;
  if (shown) $("drop").textContent = say("Drop files to attach them in {channel}", { channel: label(channel()) });
}

addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = isTaking() ? "copy" : "none";
  overlay(isTaking());
});
addEventListener("dragleave", (event) => event.relatedTarget || overlay(false)); // the pointer left the window
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  overlay(false);
  if (!isTaking()) return;
  const folders = [...event.dataTransfer.items].filter((one) => one.webkitGetAsEntry?.()?.isDirectory).length;
  if (folders) notify(say("A folder cannot be attached. Drop its files instead."));
  else attach([...event.dataTransfer.files], optionAt(event.target));
});
