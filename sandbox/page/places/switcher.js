// Whom this tab acts as: the person at the foot of the sidebar, and the menu that changes it.
import { $, make } from "/page/base/make.js";
import { avatar } from "/page/base/avatar.js";
import { openMenu } from "/page/base/menu.js";
import { addPerson } from "/page/places/create.js";
import { THEMES, setTheme, theme } from "/page/places/theme.js";
import { language, say } from "/page/words/words.js";
import { become, here, me, on } from "/page/world/state.js";

// Return the role of a person in words.
function role(person) {
  if (person.operator) return say("Operator");
  return person.manager ? say("Manager") : say("Member");
}

const about = (person) => [role(person), language(person.locale)].join(" · ");

function face(person) {
  return [avatar(person.id, person.name), make("span", { className: "who" },
    make("bdi", { className: "name", lang: person.locale }, person.name),
    make("span", { className: "small" }, about(person)))];
}

function people() {
  const items = here.state.people.map((one) => ({ node: make("span", { className: "person" }, ...face(one)),
    checked: one.id === here.person, act: () => become(one.id) }));
  return { label: say("Act as"), items };
}

function themes() {
  const names = { system: say("System"), light: say("Light"), dark: say("Dark") };
  return { label: say("Theme"), items: THEMES.map((name) => ({ text: names[name], checked: theme() === name,
    act: () => setTheme(name) })) };
}

const open = () => openMenu($("me"), say("Act as"), [people(), { items: [{ text: say("Add a person"), act: addPerson }] }, themes()],
  { above: true });

function draw() {
  $("me").replaceChildren(...face(me()), make("span", { className: "unseen" }, say("Act as another person, or change the theme")));
}

$("me").addEventListener("click", open);
on("state", draw);
