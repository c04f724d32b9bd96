// Words or a number in one field; blank is no answer.

import { countWords } from "./word_count.js";

const fieldOf = (box) => box.querySelector("input, textarea");

export const read = (box) => fieldOf(box).value.trim() || null;

export function write(box, value) {
  const text = value === null ? "" : String(value);
  if (fieldOf(box).value.trim() !== text) fieldOf(box).value = text;
  countWords(box);
}

export function start(box) {
  box.addEventListener("input", () => countWords(box));
  countWords(box);
}
