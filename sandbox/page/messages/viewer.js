// The viewer: an image at its full size, and the other images of its message.
import { make, makeButton } from "/page/base/make.js";
import { notify } from "/page/base/notice.js";
import { say } from "/page/words/words.js";

const SWIPE_PX = 40;

// Open the image of a button of `media.js`. Spoilers that are still hidden are left out.
export function openViewer(button) {
  const images = [...button.closest("article").querySelectorAll("button.image:not(.veiled)")].map((one) => ({ url: one.dataset.url, alt: one.dataset.alt }));
  const viewer = { images, at: images.findIndex((one) => one.url === button.dataset.url), button, dialog: make("dialog", { className: "viewer", "aria-label": say("Image") }) };
  viewer.dialog.addEventListener("close", () => close(viewer));
  viewer.dialog.addEventListener("keydown", (event) => key(viewer, event));
  viewer.dialog.addEventListener("click", (event) => event.target === viewer.dialog && viewer.dialog.close());
  swipes(viewer);
  document.body.append(viewer.dialog);
  show(viewer);
  viewer.dialog.showModal();
  viewer.dialog.querySelector(".close").focus();
}

// The message may have been drawn again while the viewer was open: give the focus to the button that shows the image now.
function close({ dialog, button, images, at }) {
  dialog.remove();
  const shown = [...document.querySelectorAll("button.image")].find((one) => one.dataset.url.split("?")[0] === images[at].url.split("?")[0]);
  (button.isConnected && button.dataset.url === images[at].url ? button : shown)?.focus({ preventScroll: true });
}

function show({ dialog, images, at }, focused) {
  const { url, alt } = images[at], many = images.length > 1;
  const step = (by, label, sign) => (many ? makeButton({ className: by < 0 ? "before" : "after", "aria-label": label, onclick: () => dialog.dispatchEvent(new CustomEvent("step", { detail: by })) }, sign) : null);
  dialog.replaceChildren(
    make("img", { src: url, alt, draggable: false }),
    step(-1, say("Previous image"), "‹"), step(1, say("Next image"), "›"),
    makeButton({ className: "close", "aria-label": say("Close"), onclick: () => dialog.close() }, "×"),
    make("div", { className: "about" },
      make("p", { "aria-live": "polite" }, many ? make("span", { className: "small" }, say("{number} of {count}", { number: at + 1, count: images.length })) : null, alt ? make("span", { className: "alt" }, alt) : null),
      make("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, say("Open original")),
      makeButton({ onclick: () => copy(url) }, say("Copy link"))));
  if (focused) dialog.querySelector(focused)?.focus();
}

function step(viewer, by) {
  const focused = viewer.dialog.contains(document.activeElement) ? document.activeElement.className : "";
  viewer.at = (viewer.at + by + viewer.images.length) % viewer.images.length;
  show(viewer, focused ? `.${focused}` : ".close");
}

function key(viewer, event) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by || viewer.images.length < 2) return;
  event.preventDefault();
  step(viewer, by);
}

function swipes(viewer) {
  let from = null;
  viewer.dialog.addEventListener("step", (event) => step(viewer, event.detail));
  viewer.dialog.addEventListener("pointerdown", (event) => { from = event.clientX; });
  viewer.dialog.addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : event.clientX - from;
    from = null;
    if (Math.abs(moved) > SWIPE_PX && viewer.images.length > 1) step(viewer, moved < 0 ? 1 : -1);
  });
}

async function copy(url) {
  try {
    await navigator.clipboard.writeText(url);
    notify(say("Link copied."));
  } catch {
    notify(say("The browser does not allow copying."));
  }
}
