// The fields of modals, by the type of their component. Each has {node, control, group?, read, wrong, add?, drop?}.
// https://discord.com/developers/docs/components/reference (2026-11-24)
import { checkboxField, checkboxesField, radioField, tooFew } from "/page/forms/choice_fields.js";
import { limitsOf } from "/page/forms/choices.js";
import { makeSelect } from "/page/forms/select.js";
import { textField } from "/page/forms/text_field.js";
import { uploadField } from "/page/forms/upload_field.js";

const CHECKBOX = 23;
const MADE = { 4: textField, 19: uploadField, 21: radioField, 22: checkboxesField, [CHECKBOX]: checkboxField };

// Return the field of a component.
export const field = (part, label) => (MADE[part.type] ?? selectField)(part, label);

// Return whether a component must be filled in.
export const isRequired = (part) => part.type !== CHECKBOX && (part.required ?? true);

function selectField(part, label) {
  const required = isRequired(part), [least] = limitsOf(part);
  const { node, read } = makeSelect(part, { label, optional: !required });
  return { node, control: node, read, wrong: () => tooFew(read().length, required, least) };
}
