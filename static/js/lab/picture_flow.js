/**
 * Requests that travel along an edge. Where each one is follows from the playhead alone, so the picture can be paused,
 * scrubbed and played at any speed: request number k of an edge starts when the running total of its flow passes k.
 * One symbol stands for `per` requests where there are too many to draw.
 */
import { OUTCOMES } from "./types.js";

const STEPS = [1, 2, 5];

/** How long a symbol is under way, in real seconds at any speed. It is not the latency. */
export const TRAVEL_S = { ok: 1.1, slow: 2, failed: 1.5, rejected: 1.3, timed_out: 1.9 };

/** How many requests one symbol stands for, so that the busiest edge carries at most `symbolsPerS` at this speed. */
export function requestsPerSymbol(buffer, arms, speed, symbolsPerS) {
  let busiest = 0;
  for (const arm of arms) {
    const state = buffer.arms.get(arm);
    if (!state?.length) continue;
    for (const flow of Object.values(state.flows)) {
      const total = OUTCOMES.reduce((sum, outcome) => sum + (flow[outcome].at(-1) ?? 0), 0);
      busiest = Math.max(busiest, total / (state.length * buffer.binS));
    }
  }
  return niceAbove((busiest * speed) / symbolsPerS);
}

function niceAbove(n) {
  for (let scale = 1; ; scale *= 10) for (const step of STEPS) if (step * scale >= n) return step * scale;
}

/**
 * Calls `visit(outcome, progress 0..1, k)` for each symbol k on an edge at the playhead.
 * @param {Object<string, number[]>} flow running totals by outcome @param {number} binS
 */
export function symbolsOnEdge(flow, binS, playhead, speed, per, visit) {
  for (const outcome of OUTCOMES) {
    const travel = TRAVEL_S[outcome] * speed;
    const totals = flow[outcome];
    const first = Math.ceil(totalAt(totals, binS, playhead - travel) / per + 1e-9);
    const last = Math.floor(totalAt(totals, binS, playhead) / per);
    for (let k = Math.max(1, first); k <= last; k += 1) {
      const progress = (playhead - timeOfTotal(totals, binS, k * per)) / travel;
      if (progress >= 0 && progress <= 1) visit(outcome, progress, k);
    }
  }
}

/** The running total at time `t`, with the requests of a bin spread evenly over it. */
export function totalAt(totals, binS, t) {
  if (t <= 0 || totals.length === 0) return 0;
  const position = t / binS;
  const index = Math.min(Math.floor(position), totals.length);
  const before = index > 0 ? totals[index - 1] : 0;
  if (index >= totals.length) return before;
  return before + (totals[index] - before) * (position - index);
}

/** When the running total reached `total`: the inverse of `totalAt`. */
export function timeOfTotal(totals, binS, total) {
  let low = 0;
  let high = totals.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (totals[middle] < total) low = middle + 1;
    else high = middle;
  }
  const before = low > 0 ? totals[low - 1] : 0;
  const inBin = totals[low] - before;
  return binS * (low + (inBin > 0 ? (total - before) / inBin : 1));
}

/** How far along its edge a symbol is drawn, and how visible. Rejected ones bounce, failed ones turn back, late ones fade. */
export function symbolPlace(outcome, progress) {
  if (outcome === "rejected") return { along: progress < 0.55 ? (progress / 0.55) * 0.86 : 0.86 - ((progress - 0.55) / 0.45) * 0.5, alpha: progress < 0.8 ? 1 : (1 - progress) * 5 };
  if (outcome === "failed") return { along: progress < 0.7 ? progress / 0.7 : 1 - (progress - 0.7) * 0.9, alpha: progress < 0.8 ? 1 : (1 - progress) * 5 };
  if (outcome === "timed_out") return { along: Math.min(1, progress * 1.25), alpha: progress < 0.6 ? 1 : (1 - progress) * 2.5 };
  return { along: progress, alpha: 1 };
}

/** A dot for ok, a ring for slow, a cross for failed, a square for rejected, a hollow dashed circle for timed out. */
export function drawSymbol(context, outcome, x, y, look) {
  context.fillStyle = context.strokeStyle = look.outcomes[outcome];
  context.lineWidth = 2;
  context.setLineDash([]);
  context.beginPath();
  if (outcome === "failed") {
    context.lineWidth = 2.4;
    context.moveTo(x - 4, y - 4);
    context.lineTo(x + 4, y + 4);
    context.moveTo(x - 4, y + 4);
    context.lineTo(x + 4, y - 4);
    context.stroke();
  } else if (outcome === "rejected") {
    context.rect(x - 3.8, y - 3.8, 7.6, 7.6);
    context.fill();
  } else if (outcome === "ok") {
    context.arc(x, y, 3.8, 0, 7);
    context.fill();
  } else {
    if (outcome === "timed_out") context.setLineDash([2.5, 2.2]);
    context.arc(x, y, 5, 0, 7);
    context.stroke();
    context.setLineDash([]);
  }
}
