import assert from "node:assert/strict";
import { test } from "node:test";
import { deviation, silences } from "../../static/js/lab/theory.js";

test("a deviation is said in per cent while that means something, then as a factor", () => {
  assert.equal(deviation(105, 100), "+5.0 %");
  assert.equal(deviation(88, 100), "−12 %");
  assert.equal(deviation(250, 100), "2.5 times");
  assert.equal(deviation(4, 100), "0.040 times");
  assert.equal(deviation(100, 100), "equal");
  assert.equal(deviation(null, 100), "");
  assert.equal(deviation(5, 0), "");
});

test("where an interval is known, it is the interval that judges", () => {
  assert.equal(deviation(150, 100, [90, 210]), "within the interval");
  assert.equal(deviation(150, 100, [120, 180]), "+50 %, outside the interval");
});

test("a reason for silence is given once, with the arms of which it is said", () => {
  const line = (why_not) => ({ metric: "mean_s", value: null, why_not, assumes: "" });
  const found = silences({ theory: { a: [line("queues grow.")], b: [line("queues grow")], c: [{ metric: "mean_s", value: 1 }] } }, ["a", "b", "c"]);
  assert.deepEqual(found, [{ metric: "mean_s", why: "queues grow", arms: ["a", "b"] }]);
});
