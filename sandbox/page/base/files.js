// Which of the chosen files can be sent.
import { sizeText } from "/page/base/size.js";
import { say } from "/page/words/words.js";

// Return {fit, sentences}: the files of at most *limit* bytes for which there is *room*, and sentences about the others. *most*: how
// many there may be in all.
export function fitting(files, { limit, room, most }) {
  const small = files.filter((one) => one.size <= limit);
  const sentences = files.filter((one) => one.size > limit).map((one) => tooLarge(one, limit));
  const names = small.slice(room).map((one) => one.name).join(", ");
  if (names) sentences.push(say("You can attach {most} files at most. Left out: {names}", { most, names }));
  return { fit: small.slice(0, room), sentences };
}

function tooLarge({ name, size }, limit) {
  return say("{name} is {size}. The limit is {limit} for each file.", { name, size: sizeText(size), limit: sizeText(limit) });
}
