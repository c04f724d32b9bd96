/** What is drawn over a chart's lines: flags of marks and ledger rows, and theory. */
import { clock } from "./format.js";
import { colour, faded } from "./palette.js";

const NEAR_PX = 7;

/** @typedef {{t: number, text: string, kind: string, variable: string}} Flag */

/** Thin lines with a pennant on top: triangles for what the system did, squares for what a person changed. */
export function drawFlags(u, flags) {
  const context = u.ctx;
  const ratio = devicePixelRatio;
  const { left, top, width, height } = u.bbox;
  context.save();
  context.setLineDash([]);
  const last = new Map();
  for (const { t, kind, variable } of flags) {
    const x = u.valToPos(t, "x", true);
    if (x < left || x > left + width) continue;
    const tall = kind === "change" || kind === "fault" || kind === "goal";
    const crowded = !tall && x - (last.get(variable) ?? -Infinity) < 9 * ratio;
    if (crowded) continue;
    last.set(variable, x);
    context.strokeStyle = faded(variable, kind === "change" ? 0.9 : 0.35);
    context.lineWidth = (kind === "change" ? 1.5 : 1) * ratio;
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, top + (tall ? height : height * 0.12));
    context.stroke();
    pennant(context, kind, x, top, ratio, colour(variable));
  }
  context.restore();
}

function pennant(context, kind, x, top, ratio, fill) {
  const size = 6 * ratio;
  context.fillStyle = fill;
  context.beginPath();
  if (kind === "change") context.rect(x - size / 2, top - size * 1.4, size, size);
  else {
    context.moveTo(x, top - size * 1.3);
    context.lineTo(x + size * 1.1, top - size * 0.7);
    context.lineTo(x, top);
  }
  context.fill();
}

/** Dashed level lines, in the arm's colour, with a Θ at the right end. */
export function drawTheory(u, theory, lookOf) {
  const context = u.ctx;
  const ratio = devicePixelRatio;
  const { left, width } = u.bbox;
  context.save();
  context.font = `600 ${11 * ratio}px "Inter Variable", sans-serif`;
  context.textAlign = "right";
  for (const { arm, line } of theory) {
    const y = u.valToPos(line.value, "y", true);
    context.strokeStyle = context.fillStyle = colour(lookOf(arm).variable);
    context.lineWidth = 1.25 * ratio;
    context.setLineDash([3 * ratio, 5 * ratio]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + width, y);
    context.stroke();
    context.fillText("theory", left + width - 4 * ratio, y - 4 * ratio);
  }
  context.restore();
}

/** The words of the flags near the cursor; empty where there are none. @param {import("./charts.js").Charts} charts @param {uPlot|null} plot */
export function flagsNear(charts, plot) {
  if (!plot || charts.cursorT === null) return "";
  const within = plot.posToVal(NEAR_PX, "x") - plot.posToVal(0, "x");
  const near = charts.visibleMarks().filter(({ t }) => Math.abs(t - charts.cursorT) <= within);
  return near.slice(0, 4).map(({ t, text }) => `${clock(t)} ${text}`).join(" · ");
}
