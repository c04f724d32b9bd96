import assert from "node:assert/strict";
import { test } from "node:test";
import { read, shown, written } from "../../static/js/courses/figures.js";
import { problemOf } from "../../static/js/courses/calculator.js";

test("reads a number as people write it", () => {
  const cases = { "1500": 1500, "1,500": 1500, "1 500": 1500, "1\u202f500.5": 1500.5, "10,000,000": 1e7, "0.25": 0.25, ".5": 0.5, "5.": 5, "1.5e3": 1500, "1e-3": 0.001, "10M": 1e7, "2.5 k": 2500, "1G": 1e9, "−3": -3, " 7 ": 7 };
  for (const [text, value] of Object.entries(cases)) assert.equal(read(text), value, text);
});

test("refuses what could be meant in two ways, and what is no number", () => {
  for (const text of ["", " ", "1,5", "1,50", "1.500,5", "1,500,5", "12,34", "5 5", "abc", "1m", "1e", "--1", "1.2.3", ".", "1e999x", "0x10", "Infinity", "5 ms"]) assert.ok(Number.isNaN(read(text)), text);
});

test("what is written is read again", () => {
  for (const value of [0.000001, 0.25, 1, 99.9999, 8999.8, 1e10, 123456789]) assert.equal(read(written(value)), value);
});

test("writes figures to be read", () => {
  assert.equal(shown(868055.56, 3), "868,056");
  assert.equal(shown(1.134e-8, 3), "1.13 × 10⁻⁸");
  assert.equal(shown(Number.NaN, 3), "—");
  assert.equal(shown(undefined, 3), "—");
});

test("has a word for what cannot be computed with", () => {
  const input = { minimum: 1, maximum: 2000, whole: true };
  assert.match(problemOf(input, Number.NaN), /number/);
  assert.equal(problemOf(input, 0), "At least 1.");
  assert.equal(problemOf(input, 2001), "At most 2,000.");
  assert.match(problemOf(input, 1.5), /whole/);
  assert.equal(problemOf(input, 2), "");
});
