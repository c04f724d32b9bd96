/** The ways between boxes: the line, the requests that travel on it, and how many a second there are. */
import { number } from "./format.js";
import { drawSymbol, symbolPlace, symbolsOnEdge, TRAVEL_S } from "./picture_flow.js";
import { OUTCOMES, OUTCOME_WORDS } from "./types.js";

const LANES = { ok: 0, slow: 4, failed: -4, rejected: 6, timed_out: -6 };
const FANS_OUT_AT = 0.72;
const GOLDEN = 0.6180339887;

/** @param {Map<string, import("./picture_layout.js").Box>} boxes */
export function edgeLine(boxes, { source, target }) {
  const from = boxes.get(source);
  const to = boxes.get(target);
  if (!from || !to) return null;
  const a = border(from, to);
  const b = border(to, from);
  return { x: a.x, y: a.y, dx: b.x - a.x, dy: b.y - a.y };
}

export function drawLine(context, line, look) {
  context.strokeStyle = look.line;
  context.globalAlpha = 0.6;
  context.lineWidth = 1.5;
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(line.x, line.y);
  context.lineTo(line.x + line.dx, line.y + line.dy);
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * Requests on their way. `seatsAt(t)`: where the edge leads to a group, what its members are at that time and where they
 * stand; a request then ends at one of them, more often at one that has more to do.
 */
export function drawSymbols(context, flow, line, { binS, playhead, speed, per }, look, seatsAt) {
  symbolsOnEdge(flow, binS, playhead, speed, per, (outcome, progress, k) => {
    const { along, alpha } = symbolPlace(outcome, progress);
    const end = seatsAt?.(playhead - progress * TRAVEL_S[outcome] * speed, (k * GOLDEN) % 1, outcome);
    const { x, y } = end ? fanned(line, along, end) : pointOn(line, along);
    context.globalAlpha = alpha;
    drawSymbol(context, outcome, x, y + LANES[outcome] * (end && along > FANS_OUT_AT ? 0.3 : 1), look);
    context.globalAlpha = 1;
  });
}

/** Along the line up to its last part, then straight to a member's cell. */
function fanned(line, along, end) {
  const turn = pointOn(line, Math.min(1, along / FANS_OUT_AT) * 0.96);
  if (along <= FANS_OUT_AT) return turn;
  const share = (along - FANS_OUT_AT) / (1 - FANS_OUT_AT);
  return { x: turn.x + (end.x - turn.x) * share, y: turn.y + (end.y - turn.y) * share };
}

/**
 * Who of a group a request goes to: by what each has to do; answers come from those that are well, failures rather from those
 * that are not. `draw` is from 0 to 1.
 */
export function pickMember(members, draw, outcome = "ok", isBad = () => false) {
  const answered = outcome === "ok" || outcome === "slow";
  const own = members.map((member) => (member ? member.busy + 0.25 * member.queued + 0.15 : 0));
  const fitting = own.map((weight, i) => (members[i] && isBad(members[i]) ? (answered ? 0 : weight * 20) : weight));
  const weights = fitting.some((weight) => weight > 0) ? fitting : own;
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => weight > 0 && (left -= weight) <= 0);
}

/** Requests per second beside the edge; under reduced motion all outcomes in words instead of symbols. */
export function drawRate(context, line, text, look) {
  if (!text) return;
  const middle = pointOn(line, 0.5);
  const steep = Math.abs(line.dy) > Math.abs(line.dx) * 0.5;
  context.font = look.smallFont;
  context.textAlign = steep ? "left" : "center";
  context.lineWidth = 4;
  context.strokeStyle = look.surface;
  context.lineJoin = "round";
  const room = steep ? Infinity : Math.abs(line.dx) - 4;
  const lines = steep ? text.split(" · ") : context.measureText(text).width > room ? text.split(" ") : [text];
  lines.forEach((part, i) => {
    const x = middle.x + (steep ? 12 : 0);
    const y = middle.y + (steep ? 4 + (i - (lines.length - 1) / 2) * 12 : -15 - (lines.length - 1 - i) * 12);
    context.fillStyle = look.ink2;
    for (const write of ["strokeText", "fillText"]) context[write](part, x, y, Math.max(24, Math.min(room, 400)));
  });
}

export function rateText(rates, inFull) {
  const total = OUTCOMES.reduce((sum, outcome) => sum + rates[outcome], 0);
  if (!inFull) return total ? `${number(total)}/s` : "";
  return OUTCOMES.filter((outcome) => rates[outcome] > 0).map((outcome) => `${number(rates[outcome])}/s ${OUTCOME_WORDS[outcome]}`).join(" · ");
}

/** A still hint of traffic for the picture before the run. */
export function drawPreview(context, line, look) {
  context.globalAlpha = 0.4;
  for (const along of [0.2, 0.5, 0.8]) drawSymbol(context, "ok", pointOn(line, along).x, pointOn(line, along).y, look);
  context.globalAlpha = 1;
}

/** Where the line from one box's centre to the other's leaves the box. */
function border(from, to) {
  const x = from.x + from.width / 2;
  const y = from.y + from.height / 2;
  const dx = to.x + to.width / 2 - x;
  const dy = to.y + to.height / 2 - y;
  const scale = Math.min(from.width / 2 / Math.abs(dx || 1e-9), from.height / 2 / Math.abs(dy || 1e-9));
  return { x: x + dx * scale, y: y + dy * scale };
}

const pointOn = (line, along) => ({ x: line.x + line.dx * along, y: line.y + line.dy * along });
