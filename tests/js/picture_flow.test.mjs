import assert from "node:assert/strict";
import { test } from "node:test";
import { symbolPlace, symbolsOnEdge, timeOfTotal, totalAt, TRAVEL_S } from "../../static/js/lab/picture_flow.js";
import { OUTCOMES } from "../../static/js/lab/types.js";

const flowOf = (totals, outcome = "ok") => Object.fromEntries(OUTCOMES.map((name) => [name, name === outcome ? totals : totals.map(() => 0)]));

function seen(flow, playhead, speed = 1, per = 1) {
  const found = [];
  symbolsOnEdge(flow, 1, playhead, speed, per, (outcome, progress) => found.push([outcome, progress]));
  return found;
}

test("the instant of a total is the inverse of the total at an instant", () => {
  const totals = [3, 3, 10, 11];
  for (const total of [1, 3, 4, 9.5, 10, 11]) assert.ok(Math.abs(totalAt(totals, 1, timeOfTotal(totals, 1, total)) - total) < 1e-9);
});

test("the same playhead shows the same symbols, however it was reached", () => {
  const flow = flowOf([4, 9, 12, 20]);
  assert.deepEqual(seen(flow, 2.3), seen(flow, 2.3));
});

test("each request is drawn once on its way", () => {
  const flow = flowOf([2, 4, 6, 8, 10, 12]);
  const requests = new Set();
  for (let t = 0; t < 7; t += 0.05) for (const [, progress] of seen(flow, t)) requests.add((t - progress * TRAVEL_S.ok).toFixed(4));
  assert.equal(requests.size, 12);
});

test("one symbol stands for several requests where there are many", () => {
  const flow = flowOf([1000, 2000, 3000]);
  assert.ok(seen(flow, 2.5, 1, 100).length <= 12);
  assert.ok(seen(flow, 2.5, 1, 100).length >= 10);
});

test("at a higher speed as many symbols are under way for the same pace on the screen", () => {
  const flow = flowOf(Array.from({ length: 60 }, (_, i) => (i + 1) * 10));
  assert.ok(Math.abs(seen(flow, 40, 4, 4).length - seen(flow, 40, 1, 1).length) <= 1);
});

test("nothing is shown before the run, or of another outcome", () => {
  assert.deepEqual(seen(flowOf([5, 10]), 0), []);
  assert.ok(seen(flowOf([5, 10], "failed"), 1).every(([outcome]) => outcome === "failed"));
});

test("rejected symbols bounce before they arrive", () => {
  const most = Math.max(...Array.from({ length: 100 }, (_, i) => symbolPlace("rejected", i / 100).along));
  assert.ok(most < 0.9);
  assert.ok(symbolPlace("rejected", 1).along < 0.5);
});
