import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../../static/js/lab/picture_layout.js";

const node = (id, x, y, members = 0) => ({ id, x, y, members });
const TWELVE = [node("a", 0, 1), node("b", 1, 1), node("c", 2, 0), node("d", 2, 1), node("e", 2, 2), node("servers", 3, 1, 50), node("f", 4, 0), node("g", 4, 1), node("h", 4, 2), node("i", 3, 0), node("j", 3, 2), node("k", 5, 2)];

function overlaps(boxes) {
  const list = [...boxes.values()];
  return list.flatMap((a, i) => list.slice(i + 1).filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height).map((b) => `${a.node.id} and ${b.node.id}`));
}

for (const width of [320, 350, 480, 760, 980, 1300]) {
  for (const members of [0, 1, 10, 50]) {
    test(`twelve boxes, one with ${members} members, stand apart and within ${width} px`, () => {
      const { boxes, height } = arrange(TWELVE, width, { height: 256, members: () => members });
      assert.deepEqual(overlaps(boxes), []);
      for (const { x, y, width: wide, height: high, node: { id } } of boxes.values()) {
        assert.ok(x >= 0 && x + wide <= width + 0.01, `${id} leaves the picture sideways`);
        assert.ok(y >= 0 && y + high <= height + 0.01, `${id} leaves the picture above or below`);
        assert.ok(wide >= 60, `${id} is ${wide} px wide: too narrow for its words`);
      }
    });
  }
}

test("a long chain is turned where it would be too narrow", () => {
  const chain = ["a", "b", "c", "d", "e"].map((id, i) => node(id, i, 0));
  assert.equal(arrange(chain, 350, { height: 256 }).turned, true);
  assert.equal(arrange(chain, 980, { height: 320 }).turned, false);
});

test("three boxes on a phone stay side by side, and one row alone takes no more height than it needs", () => {
  const found = arrange([node("a", 0, 0), node("b", 1, 0), node("c", 2, 0)], 350, { height: 256 });
  assert.equal(found.turned, false);
  assert.equal(found.height, 208);
});

test("a single box and a single group find a place", () => {
  assert.equal(arrange([node("a", 0, 0)], 350, { height: 256 }).boxes.size, 1);
  const { boxes } = arrange([node("g", 0, 0, 8)], 350, { height: 256, members: () => 8 });
  assert.ok(boxes.get("g").width > 100);
});

for (const [width, gap] of [[350, 18], [950, 40]]) {
  test(`beside a large group there is room to see requests on their way, at ${width} px`, () => {
    const { boxes, turned } = arrange([node("a", 0, 0), node("g", 1, 0, 50), node("b", 2, 0)], width, { height: 256, members: () => 50 });
    const [along, size] = turned ? ["y", "height"] : ["x", "width"];
    const [a, g, b] = ["a", "g", "b"].map((id) => boxes.get(id));
    assert.ok(g[along] - a[along] - a[size] >= gap, "before the group");
    assert.ok(b[along] - g[along] - g[size] >= gap, "after the group");
  });
}
