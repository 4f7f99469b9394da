// Popups: one element at a time that lies over the page, such as a menu or a list. Escape and a press outside close it.
let open = null;
const used = new WeakSet(); // presses that have closed a popup

const GAP_PX = 4;

// Show *node* beside *anchor*: an element, or a point {x, y}. Return a function that closes the popup.
// *above*: prefer the place above the anchor. *sheet*: lie at the foot of the page instead, as on phones. *close*: called once when the
// popup closes. *within*: the parent, without it the dialog or landmark of the anchor.
export function openPopup(anchor, node, { above = false, sheet = false, close = () => {}, within = home(anchor) } = {}) {
  closePopup();
  const before = document.activeElement;
  open = { node, anchor, close, before, above, sheet };
  node.classList.add("popup");
  node.classList.toggle("sheet", sheet);
  within.append(node);
  if (!sheet) put(node, box(anchor), above);
  if (!sheet && anchor instanceof Element) follow(node, box(anchor));
  return () => open?.node === node && closePopup();
}

// Close the open popup, if there is one, and give the focus back if the popup had it.
export function closePopup() {
  if (!open) return;
  const { node, before, close } = open, had = node.contains(document.activeElement);
  open = null;
  node.remove();
  if (had && before?.isConnected) before.focus();
  close();
}

const home = (anchor) => (anchor instanceof Element && anchor.closest("dialog, nav, aside")) || document.querySelector("main");

// Return whether this press has closed a popup: it should do nothing else.
export const hasClosedPopup = (event) => used.has(event);

const point = ({ x, y }) => ({ left: x, right: x, top: y, bottom: y });
const box = (anchor) => (anchor instanceof Element ? anchor.getBoundingClientRect() : point(anchor));

function put(node, at, above) {
  const { width, height } = node.getBoundingClientRect();
  const under = at.bottom + GAP_PX, over = at.top - height - GAP_PX;
  const fits = above ? over >= 0 : under + height <= innerHeight;
  const top = fits === above ? over : under;
  node.style.left = `${Math.max(GAP_PX, Math.min(at.left, innerWidth - width - GAP_PX))}px`;
  node.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open) return;
  event.preventDefault();
  event.stopPropagation();
  closePopup();
}, true);

addEventListener("pointerdown", (event) => {
  if (!open || open.node.contains(event.target)) return;
  if (open.anchor instanceof Element && open.anchor.contains(event.target)) return;
  used.add(event);
  closePopup();
}, true);

// Stay beside the anchor: messages arrive and images load while the popup is open.
function follow(node, seen) {
  if (open?.node !== node) return;
  const at = box(open.anchor);
  if (open.anchor.isConnected && (at.left !== seen.left || at.bottom !== seen.bottom)) put(node, at, open.above);
  requestAnimationFrame(() => follow(node, at));
}
