/**
 * Where the boxes of a topology stand. The lab gives columns and rows of a coarse grid; here they become pixels. Where the
 * columns would be too narrow for their words, the picture is turned: requests then run from top to bottom.
 * Knows nothing of the page.
 *
 * @typedef {{x: number, y: number, width: number, height: number, node: import("./types.js").Node}} Box
 */

const FILLED = 0.68; // of the distance between two columns
const FILLED_MANY = 0.58; // where there are many: requests need room to be seen on their way
const ACROSS = 0.6; // of the room that a group gets along the way
const NARROW_PX = 74;
const LABEL_GAP_PX = 26; // between two rows: a queue's number and an edge's rate stand there
const SIZES = { full: { width: 144, height: 104, low: 78 }, compact: { width: 104, height: 84, low: 62 } };

/**
 * @param {import("./types.js").Node[]} nodes
 * @param {number} width of the canvas
 * @param {{height: number, compact?: boolean, members?: function(import("./types.js").Node): number}} options `height` is what
 * the page would like; the answer's is what the rows need: more where they are many, less where one row stands alone. `members`: how many cells a group has room for
 * @returns {{boxes: Map<string, Box>, height: number, turned: boolean}}
 */
export function arrange(nodes, width, { height, compact = false, members = () => 0 }) {
  const size = compact ? SIZES.compact : SIZES.full;
  const straight = place(nodes, width, height, size, members, false);
  if (straight.boxWidth >= NARROW_PX) return straight;
  const turned = place(nodes, width, height, size, members, true);
  return turned.boxWidth > straight.boxWidth * 1.15 ? turned : straight;
}

function place(nodes, width, wantedHeight, size, members, turned) {
  const at = nodes.map((node) => seatOf(node, members, turned));
  const [stepX, stepY] = [closest(at, "x", "y"), closest(at, "y", "x")];
  stretch(at, turned);
  const [spanX, spanY] = [span(at, "x", turned ? 0 : 1), span(at, "y", turned ? 1 : ACROSS)];
  const margin = width < 480 ? 18 : 30;
  const filled = spanX.length / stepX > 3.5 && width > 600 ? FILLED_MANY : FILLED;
  const unitX = (width - 2 * margin) / (spanX.length + filled * stepX);
  const boxWidth = Math.min(size.width, unitX * stepX * filled);
  const needed = ((size.low + LABEL_GAP_PX) / stepY) * spanY.length + size.low + 2 * LABEL_GAP_PX;
  const lone = !spanY.length && !at.some(({ cells }) => cells);
  const height = Math.max(lone ? Math.min(wantedHeight, size.height + 4 * LABEL_GAP_PX) : wantedHeight, needed, ...at.filter(({ cells }) => cells).map(({ cells }) => roomFor(cells, width)));
  const boxHeight = Math.min(size.height, (height - 2 * LABEL_GAP_PX) / (spanY.length / stepY + 1) - (spanY.length ? LABEL_GAP_PX : 0));
  const pitchX = spanX.length ? (width - 2 * margin - boxWidth) / spanX.length : 0;
  const pitchY = spanY.length ? (height - 2 * LABEL_GAP_PX - boxHeight) / spanY.length : 0;
  const boxes = new Map();
  for (const one of at) {
    const centreX = spanX.length ? margin + boxWidth / 2 + (one.x - spanX.low) * pitchX : width / 2;
    const centreY = spanY.length ? LABEL_GAP_PX + boxHeight / 2 + (one.y - spanY.low) * pitchY : height / 2;
    boxes.set(one.node.id, boxAround(centreX, centreY, boxWidth, boxHeight, one.node));
  }
  for (const one of at) if (one.cells) grow(boxes.get(one.node.id), one, boxes, { limit: turned ? width : height, pitch: turned ? pitchY : pitchX, turned });
  return { boxes, height, turned, boxWidth };
}

function seatOf(node, members, turned) {
  const cells = node.members ? members(node) : 0;
  return { node, x: turned ? node.y : node.x, y: turned ? node.x : node.y, cells, extra: extraFor(cells) };
}

/** A group takes more of the way than one node does, so what stands beside it moves apart. */
function stretch(at, turned) {
  moveApart(at, turned ? "y" : "x", ({ extra }) => extra);
  if (!turned) moveApart(at, "y", ({ extra }) => ACROSS * extra);
}

/** Along one axis: every place gets the extra room that the largest of it asks for, half of it on each side. */
function moveApart(at, axis, extraOf) {
  const places = [...new Set(at.map((one) => one[axis]))].sort((a, b) => a - b);
  const extraAt = new Map(places.map((p) => [p, Math.max(...at.filter((one) => one[axis] === p).map(extraOf))]));
  const shifted = at.map((one) => one[axis] + extraAt.get(one[axis]) / 2 + places.filter((p) => p < one[axis]).reduce((sum, p) => sum + extraAt.get(p), 0));
  at.forEach((one, i) => (one[axis] = shifted[i]));
}

const extraFor = (cells) => (cells > 24 ? 1.4 : cells > 12 ? 1 : cells > 4 ? 0.7 : cells ? 0.35 : 0);
const roomFor = (cells, width) => (cells > 24 ? 300 : cells > 8 ? 250 : 200) + (width < 480 && cells > 12 ? 60 : 0);

/** A group's box grows along the way by what it was given, and across it until something is near. */
function grow(box, one, boxes, { limit, pitch, turned }) {
  const [along, size, across, breadth] = turned ? ["y", "height", "x", "width"] : ["x", "width", "y", "height"];
  const centre = box[across] + box[breadth] / 2;
  box[along] -= (one.extra * pitch) / 2;
  box[size] += one.extra * pitch;
  let low = turned ? 14 : LABEL_GAP_PX - 8;
  let high = limit - low;
  for (const other of boxes.values()) {
    if (other === box || other[along] >= box[along] + box[size] || other[along] + other[size] <= box[along]) continue;
    if (other[across] > centre) high = Math.min(high, other[across] - LABEL_GAP_PX);
    else low = Math.max(low, other[across] + other[breadth] + LABEL_GAP_PX);
  }
  const half = Math.max(box[breadth] / 2, Math.min(centre - low, high - centre, enoughFor(one.cells, box[size], turned) / 2));
  box[across] = centre - half;
  box[breadth] = 2 * half;
}

/** How far across the way a group grows, at most: its cells at their largest, and its words. */
function enoughFor(cells, along, turned) {
  const [cell, across, words] = turned ? [62, 88, 0] : [88, 62, 56];
  const lanes = Math.max(1, Math.floor((along - 14 - (turned ? 56 : 0)) / cell));
  return Math.ceil(cells / lanes) * across + 14 + words;
}

const boxAround = (x, y, width, height, node) => ({ x: x - width / 2, y: y - height / 2, width, height, node });

/** The least distance along one axis between two nodes that only this axis keeps apart. */
function closest(at, axis, other) {
  let least = Infinity;
  for (const [i, a] of at.entries()) {
    for (const b of at.slice(i + 1)) {
      const apart = Math.abs(a[axis] - b[axis]);
      const beside = Math.abs(a[other] - b[other]);
      if (apart > 0 && (apart > beside || (apart === beside && axis === "x"))) least = Math.min(least, apart);
    }
  }
  return Number.isFinite(least) ? Math.min(least, 1.5) : 1;
}

/** From the first to the last, with what groups take beyond their middle. */
function span(at, axis, share) {
  const rows = new Set(at.map((one) => one[axis])).size;
  const beyond = (one) => (rows > 1 || share === 1 ? (share * one.extra) / 2 : 0);
  const low = Math.min(...at.map((one) => one[axis] - beyond(one)));
  return { low, length: Math.max(...at.map((one) => one[axis] + beyond(one))) - low };
}
