import assert from "node:assert/strict";
import { test } from "node:test";
import { withSlots } from "../../static/js/lab/slots.js";

test("slots that name a knob follow it", () => {
  const node = { id: "service", slots: "workers" };
  assert.equal(withSlots(node, { workers: 12 }).slots, 12);
  assert.equal(withSlots(node, { workers: "8" }).slots, 8);
  assert.equal(node.slots, "workers");
});

test("slots that are a number stay as they are", () => {
  const node = { id: "service", slots: 48 };
  assert.equal(withSlots(node, { slots: 3 }), node);
});

test("a knob that is not there leaves the rack without a count", () => {
  assert.equal(withSlots({ id: "service", slots: "workers" }, {}).slots, 0);
});
