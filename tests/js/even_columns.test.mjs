import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsFor } from "../../static/js/lab/even_columns.js";

test("the last row is not nearly empty", () => {
  assert.deepEqual([1, 2, 3, 4, 6, 8, 9].map((count) => columnsFor(count, 4)), [1, 2, 3, 4, 3, 4, 3]);
  assert.deepEqual([1, 2, 3, 4, 7, 9].map((count) => columnsFor(count, 3)), [1, 2, 3, 2, 3, 3]);
  assert.equal(columnsFor(8, 2), 2);
  assert.equal(columnsFor(8, 1), 1);
});
