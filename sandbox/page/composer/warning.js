// What is wrong with the draft: a notice that goes as soon as the draft changes.
import { notify } from "/page/base/notice.js";

const nothing = () => {};
let forget = nothing;

// Say what is wrong with the draft. A change that is made together with the warning does not end it.
export function warn(sentence, about) {
  const ended = notify(sentence, about);
  forget = nothing;
  queueMicrotask(() => { forget = ended; });
}

export const forgetWarning = () => forget();
