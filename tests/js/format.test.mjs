import assert from "node:assert/strict";
import { test } from "node:test";
import { changeText, clock, number, quantity, unitOf } from "../../static/js/lab/format.js";

test("writes times as a clock, without sixty seconds", () => {
  assert.equal(clock(0), "0:00.0");
  assert.equal(clock(75.5), "1:15.5");
  assert.equal(clock(59.98), "1:00.0");
});

test("writes quantities with their unit", () => {
  assert.equal(quantity(0.0421, "s"), "42.1 ms");
  assert.equal(quantity(1.25, "s"), "1.25 s");
  assert.equal(quantity(0.179, "%"), "17.9 %");
  assert.equal(quantity(null, "s"), "–");
  assert.equal(quantity(Number.NaN, "s"), "–");
});

test("a share is read in per cent, a ratio of attempts is not", () => {
  assert.equal(unitOf({ name: "error_rate", unit: "" }), "%");
  assert.equal(unitOf({ name: "attempts_per_request", unit: "" }), "");
  assert.equal(unitOf({ name: "goodput_rps", unit: "/s" }), "/s");
});

test("keeps the zeros that count", () => {
  assert.equal(number(100), "100");
  assert.equal(number(0.5), "0.5");
  assert.equal(number(1200), "1,200");
  assert.equal(number(12345678), "12.3M");
});

test("says a row of the ledger in words", () => {
  const description = { knobs: [{ name: "rate_rps", label: "Request rate", unit: "/s", choices: [] }], actions: [{ name: "kill", label: "Kill" }], topology: { nodes: [{ id: "s1", label: "Service 1" }] } };
  assert.equal(changeText(description, { kind: "set", name: "rate_rps", value: 80 }), "Request rate → 80 /s");
  assert.equal(changeText(description, { kind: "do", name: "kill", target: "s1" }), "Kill: Service 1");
});
