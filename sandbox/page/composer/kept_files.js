// How attachments outlive a reload: by the ids of their uploads. A file that was still on its way must be attached again.
import { remember } from "/page/base/server.js";

// Return an attachment as it is kept: without its file.
export const pack = ({ name, file, spoiler, alt, upload }) => ({ name, size: file.size, type: file.type, spoiler, alt, upload });

// Return a kept attachment as it was, or null if its upload had not ended.
export function unpack({ name, size, type, spoiler, alt, upload }) {
  if (!upload) return null;
  const file = { name, size, type };
  remember(file, upload);
  return { file, name, upload, url: null, spoiler, alt, part: 1, release: () => {} };
}
