import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { addEventListener() {} };
const { cellGrid, groupWords, memberWords, seated, shortName } = await import("../../static/js/lab/picture_group.js");
const { pickMember } = await import("../../static/js/lab/picture_edges.js");
const { groupSize } = await import("../../static/js/lab/slots.js");

const member = (name, status = "up", busy = 0, queued = 0) => ({ name, status, busy, queued });
const SERVERS = { statuses: ["up", "slow", "down"], slots: 4 };

for (const count of [1, 2, 5, 10, 20, 50]) {
  test(`${count} cells fit into a group's box and do not overlap`, () => {
    const box = { x: 10, y: 20, width: 260, height: 220 };
    const cells = cellGrid(box, count, 40);
    assert.equal(cells.length, count);
    for (const { x, y, width, height } of cells) {
      assert.ok(x >= box.x && x + width <= box.x + box.width && y >= box.y && y + height <= box.y + box.height - 39);
      assert.ok(width >= 10 && height >= 8);
    }
    const places = new Set(cells.map(({ x, y }) => `${Math.round(x)}|${Math.round(y)}`));
    assert.equal(places.size, count);
  });
}

test("four cells stand in even rows", () => {
  const tops = cellGrid({ x: 0, y: 0, width: 255, height: 150 }, 4, 40).map(({ y }) => y);
  const inRow = (top) => tops.filter((one) => one === top).length;
  assert.equal(inRow(tops[0]), inRow(tops.at(-1)));
});

test("each member keeps its cell while another is away", () => {
  const names = ["s-1", "s-2", "s-3"];
  const seats = seated([member("s-1"), member("s-3")], names, 3);
  assert.deepEqual(seats.map((seat) => seat?.name ?? null), ["s-1", null, "s-3"]);
});

test("where more names came than there are cells, those who are there move up", () => {
  const seats = seated([member("s-7"), member("s-9")], ["s-1", "s-7", "s-9"], 2);
  assert.deepEqual(seats.map(({ name }) => name), ["s-7", "s-9"]);
});

test("a group is told in words", () => {
  assert.equal(groupWords(SERVERS, [member("a"), member("b", "slow"), member("c", "down"), member("d")]), "2 of 4 up, 1 slow, 1 down");
  assert.equal(groupWords(SERVERS, []), "none there");
  assert.equal(memberWords(SERVERS, member("a", "slow", 3, 2)), "slow, 3 of 4 busy, 2 waiting");
  assert.equal(shortName("server-12"), "12");
});

test("requests go to those who work, none to an empty seat", () => {
  const seats = [member("a", "up", 4), null, member("b", "up", 4)];
  const picked = Array.from({ length: 100 }, (_, k) => pickMember(seats, (k + 0.5) / 100));
  assert.equal(picked.filter((i) => i === 0).length, 50);
  assert.equal(picked.includes(1), false);
  assert.equal(pickMember([], 0.5), -1);
});

test("answers come from those that are well, failures from those that are not", () => {
  const seats = [member("a", "up", 1), member("b", "down", 0)];
  const isBad = ({ status }) => status === "down";
  const picked = (outcome) => Array.from({ length: 50 }, (_, k) => pickMember(seats, (k + 0.5) / 50, outcome, isBad));
  assert.equal(picked("ok").includes(1), false);
  assert.ok(picked("failed").filter((i) => i === 1).length > 25);
  assert.equal(pickMember([member("c", "down")], 0.5, "ok", isBad), 0);
});

test("the picture has as many cells as the lab says before a run, and as were seen in it", () => {
  const node = { members: "servers" };
  assert.equal(groupSize(node, { servers: 10 }, null), 10);
  assert.equal(groupSize({ members: 500 }, {}, null), 64);
  assert.equal(groupSize(node, { servers: 10 }, { names: ["1", "2", "3"], most: 3 }), 3);
  assert.equal(groupSize(node, { servers: 10 }, { names: Array(40).fill("x"), most: 8 }), 8);
});
