// Notices: sentences of the page's own at the foot of the page.
import { $ } from "/page/base/make.js";

const SHOWN_MS = 8000;
let timer, count = 0;

// Show a sentence, and return a function that removes it, if no other one took its place. A *lasting* one stays until then. A *calm*
// one says that nothing is wrong.
export function notify(sentence, { lasting = false, calm = false } = {}) {
  const mine = ++count;
  clearTimeout(timer);
  $("notice").classList.toggle("calm", calm);
  $("notice").textContent = sentence;
  if (!lasting) timer = setTimeout(clearNotice, SHOWN_MS);
  return () => mine === count && clearNotice();
}

export function clearNotice() {
  clearTimeout(timer);
  $("notice").textContent = "";
}
