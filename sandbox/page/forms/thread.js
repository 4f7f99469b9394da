// The page's own dialogs: the start of a thread, and of a forum post.
import { openDialog } from "/page/forms/dialogs.js";
import { field } from "/page/forms/fields.js";
import { row } from "/page/forms/row.js";
import { nameField } from "/page/forms/text_field.js";
import { say } from "/page/words/words.js";
import { MOST_CHARS } from "/page/world/discord.js";

const CONTENT = { type: 4, style: 2, max_length: MOST_CHARS, required: false };
const FILES = { type: 19, min_values: 0, max_values: 10, required: false };

// Ask for the name of a thread, and for the first message of a forum post with its files. *begin* takes the name, the words and the
// ids of the uploads.
export function openThread(title, begin, withMessage = false) {
  const name = nameField();
  const rows = [row(say("Name"), name, { required: true })];
  if (!withMessage) return openDialog(title, rows, () => begin(name.read()), say("Create"));
  const files = field(FILES), content = contentField(files);
  rows.push(row(say("First message"), content), row(say("Files"), files));
  const submit = async () => begin(name.read(), content.read(), await files.read());
  return openDialog(title, rows, submit, say("Create"));
}

// A post needs words or a file.
function contentField(files) {
  const made = field(CONTENT);
  return { ...made, wrong: () => (made.read().trim() || files.count() ? "" : say("Write a message or add a file.")) };
}
