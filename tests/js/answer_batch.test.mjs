// Long texts are sent in several requests, none of which the server would refuse for its size.
import assert from "node:assert/strict";
import { test } from "node:test";

import { bytesOf, firstBatch } from "../../static/js/quizzes/batch.js";

const answer = (question, value) => ({ question: String(question), seq: 1, value });

test("short answers go together", () => {
  const answers = [1, 2, 3].map((number) => answer(number, "a"));
  assert.deepEqual(firstBatch(answers), answers);
});

test("long texts are parted, in their order, and none is left out", () => {
  const answers = [1, 2, 3, 4, 5].map((number) => answer(number, "ж".repeat(20_000)));
  const batches = [];
  for (let rest = answers; rest.length; rest = rest.slice(batches.at(-1).length)) batches.push(firstBatch(rest));
  assert.deepEqual(batches.flat(), answers);
  assert.ok(batches.every((batch) => bytesOf(JSON.stringify(batch)) < 150_000));
  assert.ok(batches.length > 1);
});

test("one that is larger than a batch goes alone", () => {
  const huge = answer(1, "x".repeat(300_000));
  assert.deepEqual(firstBatch([huge, answer(2, "a")]), [huge]);
});

test("bytes are counted, not letters", () => {
  assert.equal(bytesOf("жж"), 4);
});
