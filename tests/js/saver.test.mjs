// What becomes of unsent answers when the server takes no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../static/js/quizzes/outbox.js";
import { Saver } from "../../static/js/quizzes/saver.js";
import { Gone } from "../../static/js/quizzes/wire.js";

function waiting(...items) {
  const outbox = new Outbox("1", { setItem() { throw new Error("refused"); } }); // kept in memory
  for (const [question, seq] of items) outbox.put({ question, seq, value: "1", at: 0 });
  const said = [];
  const saver = new Saver({ outbox, on: { closed: (end) => said.push(end) } });
  return { saver, outbox, said, items: outbox.items() };
}

const left = (outbox) => outbox.items().map(({ question }) => question);

test("a question that is closed lets its own answer go and keeps the others", () => {
  const { saver, outbox, said, items } = waiting(["1", 1], ["2", 1]);
  saver.close({ state: { status: "in_progress" }, fates: { "1:1": "refused" } }, items.slice(0, 1));
  assert.deepEqual(left(outbox), ["2"]);
  assert.equal(said[0].lost, 1);
});

test("an attempt that is over lets everything go and counts it", () => {
  const { saver, outbox, said, items } = waiting(["1", 1], ["2", 1]);
  saver.close({ state: { status: "expired" }, fates: { "1:1": "refused" } }, items.slice(0, 1));
  assert.deepEqual(left(outbox), []);
  assert.equal(said[0].lost, 2);
});

test("while another account is signed in, everything waits for whose it is", () => {
  const { saver, outbox, said } = waiting(["1", 1]);
  saver.failed(new Gone("another account"));
  assert.deepEqual(left(outbox), ["1"]);
  assert.deepEqual([said[0].lost, said[0].kept], [0, 1]);
});
