import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.document = { addEventListener() {} };
const { armLook } = await import("../../static/js/lab/palette.js");
const ARMS = 9;
const tokens = readFileSync(new URL("../../static/css/site/tokens.css", import.meta.url), "utf8");
const colours = (theme) => Array.from({ length: ARMS }, (_, i) => new RegExp(`--arm-${i + 1}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens)[theme === "light" ? 1 : 2]);

/** OKLab, in which equal distances look equally far. */
function lab(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}

test("nine variants each have a dash and a marker of their own", () => {
  const looks = Array.from({ length: ARMS }, (_, i) => armLook(i));
  for (const part of ["variable", "marker"]) assert.equal(new Set(looks.map((look) => look[part])).size, ARMS);
  assert.equal(new Set(looks.map(({ dash }) => dash.join())).size, ARMS);
});

for (const theme of ["light", "dark"]) {
  test(`nine colours of the ${theme} theme are told apart by who sees all colours`, () => {
    const found = colours(theme).map(lab);
    found.forEach((a, i) => found.slice(i + 1).forEach((b, j) => {
      const distance = Math.hypot(...a.map((value, k) => value - b[k]));
      assert.ok(distance > 0.055, `arms ${i + 1} and ${i + j + 2}: ${distance.toFixed(3)}`);
    }));
  });
}
