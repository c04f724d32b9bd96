import assert from "node:assert/strict";
import { test } from "node:test";

import { countStates, progressWords } from "../../static/js/checklists/progress.js";

test("what is done or not needed is settled", () => {
  const progress = countStates(["done", "not-needed", "todo", "open", "open"]);
  assert.deepEqual(progress, { settled: 2, toDo: 1, open: 2, total: 5 });
  assert.deepEqual(progressWords(progress), ["2 of 5", " settled, 1 to do, 2 open"]);
});

test("what is not there is not spoken of", () => {
  assert.deepEqual(progressWords(countStates(["done"])), ["1 of 1", " settled"]);
  assert.deepEqual(progressWords(countStates([])), ["0 of 0", " settled"]);
});
