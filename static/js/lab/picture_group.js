/** A group of like nodes: one cell a member, with what it works on, what waits before it, and how it is. */
import { drawTrouble, mood, roundedBox } from "./picture_shapes.js";

const GAP = 4;
const WIDEST = 84;
const TALLEST = 58;
const NAMED_FROM = 24;
const NUMBERED_FROM = 34;
const FEWEST_IN_SCALE = 10;
const ARRIVING = new Set(["booting", "starting", "warming", "joining", "wanted", "ordered"]);

/**
 * The grid of `count` cells within a group's box: as large as they can be, in the shape that the box has, and rather two rows of
 * two than three and one.
 * @returns {{x: number, y: number, width: number, height: number}[]}
 */
export function cellGrid(box, count, bottom) {
  const area = { x: box.x + 7, y: box.y + 7, width: box.width - 14, height: box.height - 7 - bottom };
  let best = { score: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = Math.min(WIDEST, (area.width - GAP * (columns - 1)) / columns);
    const height = Math.min(TALLEST, (area.height - GAP * (rows - 1)) / rows);
    if (width < 2 || height < 2) continue;
    const unlike = Math.abs(Math.log((columns * width * area.height) / (rows * height * area.width)));
    const score = (Math.min(width, height * 1.2) / (1 + 0.04 * unlike)) * Math.sqrt(count / (columns * rows));
    if (score > best.score) best = { score, columns, rows, width, height };
  }
  if (!best.columns) return [];
  const left = area.x + (area.width - best.columns * best.width - GAP * (best.columns - 1)) / 2;
  const top = area.y + (area.height - best.rows * best.height - GAP * (best.rows - 1)) / 2;
  return Array.from({ length: count }, (_, i) => ({
    x: left + (i % best.columns) * (best.width + GAP),
    y: top + Math.floor(i / best.columns) * (best.height + GAP),
    width: best.width,
    height: best.height,
  }));
}

/**
 * Members in their places. As long as all names that were ever seen fit, each keeps its cell while others come and go.
 * @param {import("./types.js").Member[]} members @param {string[]} names all that were seen, sorted @param {number} capacity
 * @returns {(import("./types.js").Member|null)[]}
 */
export function seated(members, names, capacity) {
  if (names.length > capacity) return members.slice(0, capacity);
  const by = new Map(members.map((member) => [member.name, member]));
  return names.map((name) => by.get(name) ?? null);
}

/** "server-12" -> "12": what fits into a cell. */
export const shortName = (name) => /(\d+)$/.exec(name)?.[1] ?? name;

/** How the members of a group are, in words: "8 of 10 up, 1 slow, 1 down". */
export function groupWords(node, members, brief = false) {
  if (!members?.length) return "none there";
  const counts = new Map();
  for (const { status } of members) counts.set(status, (counts.get(status) ?? 0) + 1);
  const healthy = node.statuses[0] ?? "";
  const well = members.filter(({ status }) => !status || status === healthy).length;
  const others = [...counts].filter(([status]) => status && status !== healthy).map(([status, count]) => `${count} ${status}`);
  if (brief) return others.length ? others.join(", ") : `${well} ${healthy}`.trim();
  return [`${well} of ${members.length} ${healthy}`.trim(), ...others].join(", ");
}

/** What one member is doing, in words. */
export function memberWords(node, member) {
  const busy = node.slots ? `${member.busy} of ${node.slots} busy` : `${member.busy} busy`;
  return [member.status || node.statuses[0], busy, member.queued ? `${member.queued} waiting` : ""].filter(Boolean).join(", ");
}

/** @param {{x: number, y: number, width: number, height: number}[]} cells @param {(import("./types.js").Member|null)[]} seats */
export function drawCells(context, node, cells, seats, look) {
  const longest = Math.max(FEWEST_IN_SCALE, ...seats.map((member) => member?.queued ?? 0));
  const busiest = node.slots || Math.max(1, ...seats.map((member) => member?.busy ?? 0));
  seats.forEach((member, i) => {
    if (!cells[i]) return;
    if (member) drawMember(context, node, cells[i], member, { longest, busiest }, look);
    else drawEmptySeat(context, cells[i], look);
  });
}

function drawEmptySeat(context, cell, look) {
  context.strokeStyle = look.line;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.setLineDash([1.5, 3.5]);
  roundedBox(context, cell, 3);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawMember(context, node, cell, member, scale, look) {
  const kind = mood(node, member.status);
  const tone = look.moods[kind];
  const loud = kind === "warn" || kind === "bad";
  const arriving = ARRIVING.has(member.status);
  roundedBox(context, cell, 4);
  context.fillStyle = look.surface;
  context.fill();
  if (!arriving) drawTrouble(context, cell, member, node, tone, 6);
  drawBars(context, cell, member, scale, loud ? tone : look.outcomes.ok, look);
  context.strokeStyle = loud ? tone : look.line;
  context.lineWidth = loud ? 2 : 1.2;
  context.setLineDash(kind === "off" || arriving ? [3, 3] : []);
  roundedBox(context, cell, 4);
  context.stroke();
  context.setLineDash([]);
  if (kind === "bad") drawCross(context, cell, tone);
  if (cell.width >= NAMED_FROM && cell.height >= NAMED_FROM) drawNames(context, cell, member, look);
}

/** Left a column filled by the slots at work, right a stack of what waits: the same scale for all members. */
function drawBars(context, cell, { busy, queued }, { longest, busiest }, tone, look) {
  const named = cell.width >= NAMED_FROM && cell.height >= NAMED_FROM;
  const top = cell.y + (named ? 13 : 3);
  const bottom = cell.y + cell.height - 3;
  const room = bottom - top;
  const width = cell.width - 7;
  const left = cell.x + 3;
  context.fillStyle = tone;
  context.globalAlpha = 0.16;
  context.fillRect(left, top, width * 0.58, room);
  context.globalAlpha = 1;
  const share = Math.min(1, busy / busiest);
  context.fillRect(left, bottom - room * share, width * 0.58, room * share);
  context.fillStyle = look.ink;
  const x = left + width * 0.58 + 2;
  const tall = room / longest;
  if (tall >= 2.4) for (let i = 0; i < queued; i += 1) context.fillRect(x, bottom - (i + 1) * tall + 0.8, width * 0.42 - 1, tall - 0.8);
  else context.fillRect(x, bottom - Math.min(room, queued * tall), width * 0.42 - 1, Math.min(room, queued * tall));
}

function drawCross(context, cell, tone) {
  const r = Math.min(cell.width, cell.height) * 0.24;
  const [x, y] = [cell.x + cell.width / 2, cell.y + cell.height / 2 + 2];
  context.strokeStyle = tone;
  context.lineWidth = 2.2;
  context.beginPath();
  context.moveTo(x - r, y - r);
  context.lineTo(x + r, y + r);
  context.moveTo(x - r, y + r);
  context.lineTo(x + r, y - r);
  context.stroke();
}

function drawNames(context, cell, member, look) {
  context.font = look.tinyFont;
  context.fillStyle = look.ink2;
  context.textAlign = "left";
  context.fillText(shortName(member.name), cell.x + 4, cell.y + 10.5, cell.width - 8);
  if (!member.queued || cell.width < NUMBERED_FROM) return;
  context.textAlign = "right";
  context.fillStyle = look.ink;
  context.fillText(String(member.queued), cell.x + cell.width - 4, cell.y + 10.5, cell.width * 0.6);
}
