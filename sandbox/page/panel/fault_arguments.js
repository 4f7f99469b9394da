// The fields of a fault's arguments, each of its default's type.
import { make } from "/page/base/make.js";
import { field } from "/page/panel/section.js";

// Return {nodes, values}: the labeled fields, and a function that reads them.
export function makeArguments(defaults) {
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
