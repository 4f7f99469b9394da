// The sidebar on a narrow screen: a drawer over the page. A choice, Escape and a press beside it close it.
import { $ } from "/page/base/make.js";
import { on } from "/page/world/state.js";

const narrow = matchMedia("(max-width: 46rem)");
const isOpen = () => document.body.classList.contains("drawer");

function set(open) {
  document.body.classList.toggle("drawer", open);
  $("open").setAttribute("aria-expanded", String(open));
  $("room").inert = open;
}

function show() {
  set(true);
  ($("places").querySelector("[aria-current]") ?? $("me")).focus();
}

function close() {
  if (!isOpen()) return;
  set(false);
  $("open").focus();
}

$("open").addEventListener("click", show);
$("scrim").addEventListener("click", close);
$("side").addEventListener("keydown", (event) => event.key === "Escape" && close());
narrow.addEventListener("change", () => set(false));
on("place", close);
