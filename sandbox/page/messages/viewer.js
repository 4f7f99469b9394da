// The viewer: an image at its full size, and the other images of its message.
import { $, make, makeButton } from "/page/base/make.js";
import { say } from "/page/words/words.js";
import { on } from "/page/world/state.js";

const SWIPE_PX = 40;
let opened = null; // the viewer that is open

// Open the image of a button of `media.js`. Spoilers that are still hidden are left out.
export function openViewer(button) {
  const article = button.closest("article");
  const buttons = [...article.querySelectorAll("button.image:not(.veiled)")];
  const images = buttons.map(({ dataset }) => ({ url: dataset.url, alt: dataset.alt }));
  const dialog = make("dialog", { className: "viewer", "aria-label": say("Image") });
  const viewer = { dialog, images, at: buttons.indexOf(button), message: article.id };
  opened = viewer;
  listen(viewer);
  document.body.append(dialog);
  show(viewer);
  dialog.showModal();
  dialog.querySelector(".close").focus();
}

function listen(viewer) {
  const { dialog } = viewer;
  let from = null;
  dialog.addEventListener("close", () => close(viewer));
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) step(viewer, by);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("pointerdown", (event) => { from = event.clientX; });
  dialog.addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : event.clientX - from;
    from = null;
    if (Math.abs(moved) > SWIPE_PX) step(viewer, moved < 0 ? 1 : -1);
  });
}

const keyOf = (url) => url.split("?")[0]; // links are signed again and again

// The message may have been drawn again while the viewer was open: give the focus to the button that shows the image now. The
// browser has given it back some milliseconds ago: a person may type in the composer by now.
function close({ dialog, images, at }) {
  opened = null;
  dialog.remove();
  if (document.activeElement.matches("textarea, input")) return;
  const shown = [...document.querySelectorAll("button.image")].find((one) => keyOf(one.dataset.url) === keyOf(images[at].url));
  shown?.focus({ preventScroll: true });
}

function step(viewer, by) {
  const { dialog, images } = viewer;
  if (images.length < 2) return;
  const focused = dialog.contains(document.activeElement) ? document.activeElement.className : "";
  viewer.at = (viewer.at + by + images.length) % images.length;
  show(viewer);
  dialog.querySelector(focused ? `.${focused}` : ".close").focus();
}

function show(viewer) {
  const { dialog, images, at } = viewer, many = images.length > 1, { url, alt } = images[at];
  dialog.replaceChildren(
    make("img", { src: url, alt, draggable: false }),
    ...(many ? [
      makeButton({ className: "before", "aria-label": say("Previous image"), onclick: () => step(viewer, -1) }, "‹"),
      makeButton({ className: "after", "aria-label": say("Next image"), onclick: () => step(viewer, 1) }, "›"),
    ] : []),
    makeButton({ className: "close", "aria-label": say("Close"), onclick: () => dialog.close() }, "×"),
    about(url, alt, many && say("{number} of {count}", { number: at + 1, count: images.length })));
}

function about(url, alt, number) {
  return make("div", { className: "about", "aria-live": "polite" },
    make("p", {}, number && make("span", { className: "small" }, number), alt && make("span", {}, alt)),
    make("a", { className: "original", href: url, target: "_blank", rel: "noreferrer noopener" }, say("Open original")),
    makeButton({ className: "copy", onclick: (event) => copy(url, event.currentTarget) }, say("Copy link")));
}

// Copy an address, and say in the button what became of it: the page's notices lie behind the viewer.
async function copy(url, button) {
  const done = await navigator.clipboard.writeText(url).then(() => true, () => false);
  button.textContent = done ? say("Copied") : say("The browser does not allow copying here.");
}

// An image of a deleted message is not shown any longer.
on("drawn", () => opened && !$(opened.message) && opened.dialog.close());
