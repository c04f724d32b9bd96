import assert from "node:assert/strict";
import { test } from "node:test";
import { RunBuffer } from "../../static/js/lab/buffer.js";

const description = { series: [{ name: "rate" }], topology: { edges: [{ id: "call" }] } };
const flow = (ok, failed = 0) => ({ ok, slow: 0, failed, rejected: 0, timed_out: 0 });
const sample = (t, arm, rate, ok = 10) => ({ type: "sample", t, arm, values: { rate }, flows: { call: flow(ok) }, nodes: { service: { status: "healthy", busy: 1, queued: 0 } } });

function filled(times = [0.5, 1, 1.5]) {
  const buffer = new RunBuffer(description, ["a", "b"], 0.5);
  for (const t of times) for (const arm of ["a", "b"]) buffer.add(sample(t, arm, t * 10));
  return buffer;
}

test("is buffered only as far as every arm is known", () => {
  const buffer = filled([0.5, 1]);
  buffer.add(sample(1.5, "a", 1));
  assert.equal(buffer.bufferedS, 1);
});

test("shows the last bin that has ended by the playhead", () => {
  const buffer = filled();
  assert.equal(buffer.indexAt(0.49), -1);
  assert.equal(buffer.indexAt(0.5), 0);
  assert.equal(buffer.indexAt(1.49), 1);
  assert.equal(buffer.indexAt(99), 2);
});

test("finds the bins of a width that binary fractions cannot hold", () => {
  const buffer = new RunBuffer(description, ["a"], 0.1);
  for (let i = 1; i <= 100; i += 1) buffer.add(sample(Number((i * 0.1).toFixed(9)), "a", i));
  for (let i = 1; i <= 100; i += 1) assert.equal(buffer.value("a", "rate", buffer.indexAt(Number((i * 0.1).toFixed(9)))), i);
});

test("takes a short last bin", () => {
  const buffer = filled();
  for (const arm of ["a", "b"]) buffer.add(sample(1.7, arm, 7));
  assert.equal(buffer.bufferedS, 1.7);
  assert.equal(buffer.value("a", "rate", buffer.indexAt(1.7)), 7);
  assert.equal(buffer.indexAt(1.69), 2);
});

test("drops what a new take makes void, and keeps what came before", () => {
  const buffer = filled();
  buffer.add({ type: "mark", t: 0.7, arm: "a", kind: "state", node: "", text: "kept", value: "" });
  buffer.add({ type: "mark", t: 1.2, arm: "a", kind: "state", node: "", text: "dropped", value: "" });
  buffer.add({ type: "finished", t: 1.5, metrics: {} });
  buffer.dropAfter(1);
  assert.equal(buffer.bufferedS, 1);
  assert.deepEqual(buffer.marks.map(({ text }) => text), ["kept"]);
  assert.equal(buffer.finished, null);
  assert.equal(buffer.cumulative("a", "call").ok.at(-1), 20);
});

test("a stream that repeats itself changes nothing", () => {
  const buffer = filled();
  const mark = { type: "mark", t: 0.7, arm: "a", kind: "state", node: "", text: "once", value: "" };
  for (const event of [mark, mark, sample(0.5, "a", 5), sample(0.5, "b", 5)]) buffer.add(event);
  assert.equal(buffer.marks.length, 1);
  assert.deepEqual(buffer.cumulative("a", "call").ok, [10, 20, 30]);
});

test("gives rates per second", () => {
  assert.equal(filled().rates("a", "call", 1).ok, 20);
  assert.equal(filled().rates("a", "call", -1).ok, 0);
});

test("ignores arms and events that it does not know", () => {
  const buffer = filled();
  buffer.add(sample(2, "stranger", 1));
  assert.equal(buffer.add({ type: "novelty" }), false);
  assert.equal(buffer.bufferedS, 1.5);
});
