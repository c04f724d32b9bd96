// The length of a text as the page says it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { length } from "../../static/js/quizzes/inputs/word_count.js";

const limits = { least: 3, most: 5, mostCharacters: 60 };

test("words are what blanks part", () => {
  assert.equal(length(" one two\nthree  ", limits).words, "3 words");
  assert.equal(length("", limits).words, "0 words");
  assert.equal(length("one", { least: 0, most: 0, mostCharacters: 60 }).words, "1 word");
});

test("what is missing and what is too much is said", () => {
  assert.deepEqual(length("one two", limits), { words: "2 words, 1 to go", state: "under" });
  assert.deepEqual(length("a b c d e f g", limits), { words: "7 words, 2 more than asked for", state: "over" });
});

test("a text that cannot be kept says so before it is sent", () => {
  assert.deepEqual(length("😀".repeat(61), limits), { words: "1 characters above the limit: the text cannot be saved like this", state: "over" });
});
