// The faults that can be set, and their arguments.
import { make, makeButton } from "/page/base/make.js";
import { ask } from "/page/base/server.js";
import { field, makeRows, makeSection } from "/page/panel/section.js";
import { FAULTS_ZH_CN } from "/page/words/faults-zh-CN.js";
import { locale, say } from "/page/words/words.js";

// The fields of a fault's arguments, each of its default's type.

// Return {nodes, values}: the labeled fields, and a function that reads them.
function makeArguments(defaults) {
  const fields = Object.entries(defaults).map(([name, value]) => ({ name, ...makeField(value) }));
  return {
    nodes: fields.map((one) => field(one.name, one.node)),
    values: () => Object.fromEntries(fields.map((one) => [one.name, one.value()])),
  };
}

function makeField(value) {
  if (typeof value === "boolean") return withValue(make("input", { type: "checkbox", checked: value }), (node) => node.checked);
  if (typeof value === "number") return withValue(make("input",
    { type: "number", value: String(value), step: "any", min: 0, required: true }), (node) => node.valueAsNumber);
  if (value.includes("\n")) return withValue(make("textarea", { value, rows: 2, maxLength: 1000 }), (node) => node.value);
  return withValue(make("input", { value, maxLength: 1000 }), (node) => node.value);
}

const withValue = (node, read) => ({ node, value: () => read(node) });

// Faults: arm one by name, see which are armed, disarm them.
export function makeFaults() {
  const section = makeSection("faults", say("Faults"), async () => show(await ask("/faults")));
  const form = makeForm(section), armed = makeArmed(section);

  function show(faults) {
    form.know(faults.known);
    armed.show(faults.armed);
    section.mark.hidden = !faults.armed.length;
    section.mark.textContent = String(faults.armed.length);
  }

  section.body.prepend(form.node);
  section.body.append(armed.node);
  return section;
}

// Return what a fault does, in the person's language.
const sentence = (fault) => (locale() === "zh-CN" && FAULTS_ZH_CN[fault.name]) || fault.sentence;

function makeForm(section) {
  const name = make("select", { onchange: choose }), about = make("p", { className: "small" });
  const whole = (value, min) => make("input", { type: "number", value, min, step: 1, required: value !== "" });
  const times = whole("1", 1), one_in = whole("1", 1), seed = whole("", 0), own = make("div", { className: "panel-grid" });
  let known = [], values = () => ({});
  seed.placeholder = say("drawn");

  function choose() {
    const fault = known.find((one) => one.name === name.value);
    about.textContent = sentence(fault);
    const made = makeArguments(fault.arguments);
    own.replaceChildren(...made.nodes);
    values = made.values;
  }

  function know(found) {
    if (found.length === known.length) return;
    known = found.toSorted((a, b) => a.name.localeCompare(b.name));
    name.replaceChildren(...known.map((one) => make("option", { value: one.name }, one.name)));
    choose();
  }

  const body = () => ({
    ...values(), name: name.value, times: times.valueAsNumber, one_in: one_in.valueAsNumber,
      ...(seed.value === "" ? {} : { seed: seed.valueAsNumber }),
  });
  const submit = (event) => {
    event.preventDefault();
    section.run(() => ask("/faults", body()));
  };
  const node = make("form", { onsubmit: submit }, field(say("Fault"), name), about, own,
    make("div", { className: "panel-grid" }, field(say("Next occasions"), times), field(say("About one in"), one_in),
      field(say("Seed"), seed)),
    make("div", { className: "buttons" }, make("button", { type: "submit" }, say("Arm"))));
  return { node, know };
}

function makeArmed(section) {
  const list = make("ul", { className: "panel-list", "aria-label": say("Armed faults") }),
    none = make("p", { className: "small" }, say("No fault is armed."));
  const all = makeButton({ onclick: () => section.run(() => remove("/faults")) }, say("Disarm all"));
  const rows = makeRows(list, (one) => one.id, (one) => makeRow(section, one));
  const show = (armed) => {
    none.hidden = armed.length > 0;
    all.hidden = armed.length < 2;
    rows(armed);
  };
  return { node: make("div", {}, none, list, all), show };
}

function makeRow(section, fault) {
  const state = make("span", { className: "small" });
  const disarm = makeButton({ onclick: () => section.run(() => remove(`/faults?id=${fault.id}`)),
    "aria-label": say("Disarm {name}", { name: fault.name }) }, say("Disarm"));
  const node = make("li", {}, make("div", {}, make("code", {}, fault.name), " ", state), disarm);
  return { node, update: (one) => { state.textContent = about(one); } };
}

function about(fault) {
  const given = Object.entries(fault.arguments).filter(([, value]) => value !== "" && value !== 0 && value !== false);
  return [
    say("left: {count}", { count: fault.times }),
    say("taken: {count}", { count: fault.taken }),
    fault.one_in > 1 && say("about 1 in {count}, seed {seed}", { count: fault.one_in, seed: fault.seed }),
    ...given.map(([name, value]) => `${name}=${value}`),
  ].filter(Boolean).join(" · ");
}

const remove = (path) => ask(path, undefined, { method: "DELETE" });
