/** One box of the picture: its shape or its members, its words, its queue. */
import { number } from "./format.js";
import { colour } from "./palette.js";
import { drawCells, groupWords } from "./picture_group.js";
import { drawQueue, drawShape, drawTrouble, mood, roundedBox } from "./picture_shapes.js";

/** @param {import("./picture_layout.js").Box} box its node with slots as a number */
export function drawNode(context, box, state, look, seating = null) {
  const { node } = box;
  const kind = seating ? groupMood(node, state.status, seating.seats) : mood(node, state.status);
  const tone = look.moods[kind];
  roundedBox(context, box);
  context.fillStyle = look.raised;
  context.fill();
  if (!seating) drawTrouble(context, box, state, node, tone);
  const loud = kind === "warn" || kind === "bad";
  context.lineWidth = loud ? 2.5 : 1.5;
  context.strokeStyle = loud ? tone : look.line;
  context.setLineDash(kind === "off" ? [5, 5] : []);
  roundedBox(context, box);
  context.stroke();
  context.setLineDash([]);
  context.strokeStyle = context.fillStyle = kind === "ok" && node.shape !== "client" ? colour("--sea") : tone;
  context.globalAlpha = kind === "off" ? 0.4 : 1;
  if (seating) drawCells(context, node, seating.cells, seating.seats, look);
  else drawScaled(context, box, state, look);
  context.globalAlpha = 1;
  drawLabels(context, box, state, kind, look, seating);
  if (node.shape !== "queue") drawQueue(context, box, seating ? ownQueue(state) : state.queued, look);
}

/** A group is as badly off as it says only when none of its members is well. */
function groupMood(node, status, seats) {
  const kind = mood(node, status);
  return kind === "bad" && seats.some((member) => member && mood(node, member.status) === "ok") ? "warn" : kind;
}

/** What waits before the group as a whole, not before one of its members. */
const ownQueue = (state) => Math.max(0, state.queued - (state.members ?? []).reduce((sum, { queued }) => sum + queued, 0));

/** How much of a box its words take, from the bottom. */
export function wordsHeight(context, box, look, words) {
  context.font = look.font;
  return (words ? 28 : 20) + 13 * (twoLines(context, box.node.label, box.width - 8).length - 1);
}

/** The shape in what the labels leave of the box; smaller boxes get the same drawing, smaller. */
function drawScaled(context, box, state, look) {
  const words = statusWords(box.node, state, box.width < 110);
  const height = box.height - wordsHeight(context, box, look, words) - 15;
  const scale = Math.min(1, height / 50, (box.width - 16) / 100);
  if (scale < 0.2) return;
  context.save();
  context.translate(box.x + box.width / 2, box.y + 4 + height / 2);
  context.scale(scale, scale);
  drawShape(context, box.node, { x: -(box.width - 20) / 2 / Math.max(scale, 0.75), y: -25, width: (box.width - 20) / Math.max(scale, 0.75), height: 50 }, state, look);
  context.restore();
}

function drawLabels(context, box, state, kind, look, seating) {
  const centre = box.x + box.width / 2;
  const words = seating ? groupWords(box.node, seating.seats.filter(Boolean), box.width < 150) : statusWords(box.node, state, box.width < 110);
  const bottom = box.y + box.height;
  context.textAlign = "center";
  context.fillStyle = look.ink;
  context.font = look.font;
  const lines = twoLines(context, box.node.label, box.width - 8);
  lines.forEach((line, i) => haloed(context, line, centre, bottom - (words ? 26 : 18) - (lines.length - 1 - i) * 13, box.width - 6, look));
  context.font = look.smallFont;
  context.fillStyle = look.moods[kind];
  haloed(context, words, centre, bottom - 10, box.width - 8, look);
}

/** Words over hatching, with the box's own colour around them. */
function haloed(context, text, x, y, width, look) {
  context.strokeStyle = look.raised;
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeText(text, x, y, width);
  context.fillText(text, x, y, width);
}

/** "open", "down", "8 of 10 busy": what a node's state is in words. */
export function statusWords(node, state, brief = false) {
  const parts = [];
  if (state.status && (node.shape === "breaker" || state.status !== node.statuses[0])) parts.push(state.status);
  if (node.slots && (node.shape === "service" || node.shape === "pool")) parts.push(`${number(state.busy)}/${node.slots} busy`);
  if (node.shape === "queue" && state.queued) parts.push(`${number(state.queued)} waiting`);
  if (brief) return (node.shape === "queue" ? parts.at(-1) : parts[0]) ?? "";
  return parts.join(" · ");
}

/** A label in one line where it fits, else in two of about the same length. */
function twoLines(context, text, width) {
  const words = text.split(" ");
  if (words.length < 2 || context.measureText(text).width <= width) return [text];
  const length = (part) => part.join(" ").length;
  const cut = words.map((_, i) => i).slice(1).sort((a, b) => Math.abs(length(words.slice(0, a)) - length(words.slice(a))) - Math.abs(length(words.slice(0, b)) - length(words.slice(b))))[0];
  return [words.slice(0, cut).join(" "), words.slice(cut).join(" ")];
}
