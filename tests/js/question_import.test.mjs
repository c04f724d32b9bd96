// A fault names its line; the page selects that line in the text.
import assert from "node:assert/strict";
import { test } from "node:test";

import { extent } from "../../static/js/quizzes/question_import.js";

test("the extent of a line, counted from 1", () => {
  const text = "one\n\nthree\nfour";
  assert.deepEqual([1, 2, 3, 4].map((line) => extent(text, line)), [[0, 3], [4, 4], [5, 10], [11, 15]]);
});

test("a line past the end is the last one", () => {
  assert.deepEqual(extent("one\ntwo", 9), [4, 7]);
  assert.deepEqual(extent("", 3), [0, 0]);
});
