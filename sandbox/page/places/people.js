// Whom this tab acts as.
import { $, make } from "/page/base/make.js";
import { become, here, on } from "/page/world/state.js";

function draw() {
  const named = (one) => (one.locale === "en-US" ? one.name : `${one.name} (${one.locale})`);
  $("who").replaceChildren(...here.state.people.map((one) => make("option", { value: one.id, selected: one.id === here.person }, named(one))));
}

$("who").addEventListener("change", () => become($("who").value));
on("state", draw);
