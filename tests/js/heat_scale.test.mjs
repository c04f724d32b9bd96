import assert from "node:assert/strict";
import { test } from "node:test";
import { ramp, scaleTo, Spread, ticks } from "../../static/js/lab/heat_scale.js";

function spread(lists) {
  const found = new Spread();
  for (const list of lists) found.add(list);
  return found;
}

/** Lightness in OKLab. */
function lightness(red, green, blue) {
  const [r, g, b] = [red, green, blue].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

for (const [theme, direction] of [["light", -1], ["dark", 1]]) {
  test(`in the ${theme} theme equal steps of value are equal steps of lightness`, () => {
    const colours = ramp(theme);
    const at = (i) => lightness(colours[i * 3], colours[i * 3 + 1], colours[i * 3 + 2]);
    const steps = Array.from({ length: 8 }, (_, k) => (at((k + 1) * 31) - at(k * 31)) * direction);
    const mean = steps.reduce((sum, step) => sum + step) / steps.length;
    for (const step of steps) assert.ok(Math.abs(step - mean) < 0.12 * mean, `${steps.map((one) => one.toFixed(3))}`);
  });
}

test("the scale begins at zero and ends at a round number", () => {
  const scale = scaleTo(47, 30);
  assert.equal(scale.top, 60);
  assert.equal(scale.root, false);
  assert.deepEqual([scale.step(0), scale.step(60), scale.step(1e9), scale.step(-1)], [0, 255, 255, 0]);
  assert.deepEqual(ticks(scale), [[0, 0], [0.5, 30], [1, 60]]);
});

test("few values far above all others make it a square-root scale, and its numbers say so", () => {
  const scale = scaleTo(400, 4);
  assert.equal(scale.root, true);
  assert.ok(scale.step(4) >= 25);
  assert.deepEqual(ticks(scale).map(([, value]) => value), [0, 100, 400]);
});

test("empty rows and nothing but zeros make a scale too", () => {
  const { most, typical } = spread([null, [null, 0]]);
  assert.deepEqual([most, typical], [0, 0]);
  assert.equal(scaleTo(0, 0).top, 1);
  assert.equal(scaleTo(0, 0).step(0), 0);
});

test("the 95th percentile of what is above zero is known to a tenth, in whatever order values come", () => {
  const values = Array.from({ length: 1000 }, (_, i) => ((i * 617) % 1000) + 1);
  const { most, typical } = spread([values.slice(0, 300), Array(500).fill(0), values.slice(300)]);
  assert.equal(most, 1000);
  assert.ok(Math.abs(typical - 950) <= 95, String(typical));
  assert.ok(Math.abs(spread([[0.003, null]]).typical - 0.003) <= 0.0003);
});
