// Sizes of files.
import { locale } from "/page/words/words.js";

const UNITS = [["MB", 1 << 20], ["KB", 1 << 10], ["B", 1]];

// Return a number of bytes as Discord writes it, such as "1.46 MB", or an empty text for what is no size.
export function sizeText(bytes) {
  if (!(bytes >= 0)) return "";
  const [unit, size] = UNITS.find(([, least]) => bytes >= least) ?? UNITS.at(-1);
  return `${(bytes / size).toLocaleString(locale(), { maximumFractionDigits: 2 })} ${unit}`;
}
