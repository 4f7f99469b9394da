// Notices: sentences of the page's own at the foot of the page.
import { $ } from "/page/base/make.js";

const SHOWN_MS = 8000;
let timer;

// Show a sentence. A *lasting* one stays until `clearNotice`. A *calm* one says that nothing is wrong.
export function notify(sentence, { lasting = false, calm = false } = {}) {
  clearTimeout(timer);
  $("notice").classList.toggle("calm", calm);
  $("notice").textContent = sentence;
  if (!lasting) timer = setTimeout(clearNotice, SHOWN_MS);
}

export function clearNotice() {
  clearTimeout(timer);
  $("notice").textContent = "";
}
