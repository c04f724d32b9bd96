/** The topology of one arm on a canvas: boxes from the lab's description, requests on the edges, states at the playhead. */
import { h } from "./dom.js";
import { number } from "./format.js";
import { colour } from "./palette.js";
import { drawSymbol, symbolPlace, symbolsOnEdge } from "./picture_flow.js";
import { drawQueue, drawShape, drawTrouble, mood, roundedBox } from "./picture_shapes.js";
import { OUTCOMES, OUTCOME_WORDS } from "./types.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const IDLE = { status: "", busy: 0, queued: 0 };

export class Picture {
  /** @param {import("./types.js").Description} description */
  constructor(description, { compact = false } = {}) {
    this.topology = description.topology;
    this.compact = compact;
    this.canvas = h("canvas", { class: "picture", role: "img" });
    this.boxes = new Map();
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.ratio = Math.min(devicePixelRatio || 1, 2.5);
    this.canvas.width = Math.round(clientWidth * this.ratio);
    this.canvas.height = Math.round(clientHeight * this.ratio);
    this.layOut(clientWidth, clientHeight);
    this.redraw?.();
  }

  /** Columns and rows of the topology onto the canvas. */
  layOut(width, height) {
    const { nodes } = this.topology;
    const across = spread(nodes.map(({ x }) => x));
    const down = spread(nodes.map(({ y }) => y));
    const boxWidth = Math.min(this.compact ? 92 : 138, (width - 24) / (across.count * 1.35));
    const boxHeight = Math.min(this.compact ? 60 : 92, (height - 40) / (down.count * 1.28));
    const marginX = boxWidth / 2 + Math.max(18, width * 0.035);
    const marginY = boxHeight / 2 + 24;
    for (const node of nodes) {
      const centreX = marginX + across.share(node.x) * (width - 2 * marginX);
      const centreY = down.count > 1 ? marginY + down.share(node.y) * (height - 2 * marginY) : height / 2;
      this.boxes.set(node.id, { x: centreX - boxWidth / 2, y: centreY - boxHeight / 2, width: boxWidth, height: boxHeight, node });
    }
  }

  look() {
    const outcomes = { ok: colour("--sea"), slow: colour("--warn"), failed: colour("--bad"), rejected: colour("--ink-2"), timed_out: colour("--bad") };
    const size = this.compact ? 10.5 : 12;
    return {
      outcomes,
      ink: colour("--ink"), ink2: colour("--ink-2"), line: colour("--line-strong"), surface: colour("--surface"), raised: colour("--raised"),
      moods: { ok: colour("--ink-2"), warn: colour("--warn"), bad: colour("--bad") },
      font: `600 ${size + 1}px "Inter Variable", sans-serif`, smallFont: `500 ${size - 0.5}px "Inter Variable", sans-serif`,
    };
  }

  /** @param {{buffer: import("./buffer.js").RunBuffer, arm: string, playhead: number, speed: number, per: number, preview: boolean}} scene */
  draw(scene) {
    this.redraw = () => this.draw(scene);
    if (!this.ratio || this.boxes.size === 0) return;
    const context = this.canvas.getContext("2d");
    const look = this.look();
    const index = scene.buffer.indexAt(scene.playhead);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const edge of this.topology.edges) this.drawEdge(context, edge, scene, index, look);
    for (const box of this.boxes.values()) this.drawNode(context, box, scene, index, look);
  }

  drawEdge(context, edge, scene, index, look) {
    const line = this.edgeLine(edge);
    if (!line) return;
    context.strokeStyle = look.line;
    context.globalAlpha = 0.6;
    context.lineWidth = 1.5;
    context.setLineDash([]);
    trace(context, line);
    context.stroke();
    context.globalAlpha = 1;
    if (scene.preview) preview(context, line, look);
    else if (!calm.matches) this.drawSymbols(context, edge, line, scene, look);
    this.drawRate(context, edge, line, scene, index, look);
  }

  drawSymbols(context, edge, line, { buffer, arm, playhead, speed, per }, look) {
    const flow = buffer.cumulative(arm, edge.id);
    if (!flow) return;
    symbolsOnEdge(flow, buffer.binS, playhead, speed, per, (outcome, progress) => {
      const { along, alpha } = symbolPlace(outcome, progress);
      const { x, y } = pointOn(line, along);
      context.globalAlpha = alpha;
      drawSymbol(context, outcome, x, y + LANES[outcome], look);
      context.globalAlpha = 1;
    });
  }

  /** Requests per second beside the edge; under reduced motion all outcomes in words instead of symbols. */
  drawRate(context, edge, line, { buffer, arm, preview: idle }, index, look) {
    const middle = pointOn(line, 0.5);
    const steep = Math.abs(line.dy) > Math.abs(line.dx) * 0.5;
    context.font = look.smallFont;
    context.textAlign = steep ? "left" : "center";
    context.fillStyle = look.ink2;
    const x = middle.x + (steep ? 12 : 0);
    const text = idle || index < 0 ? edge.label : rateText(buffer.rates(arm, edge.id, index), calm.matches);
    if (!text) return;
    const y = middle.y + (steep ? -6 : -15);
    context.lineWidth = 4;
    context.strokeStyle = look.surface;
    context.lineJoin = "round";
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }

  drawNode(context, box, { buffer, arm, preview: idle }, index, look) {
    const { node } = box;
    const state = idle ? { ...IDLE, status: node.statuses[0] ?? "" } : { ...IDLE, ...buffer.nodes(arm, index)[node.id] };
    const stateMood = mood(node, state.status);
    const tone = look.moods[stateMood];
    roundedBox(context, box);
    context.fillStyle = look.raised;
    context.fill();
    drawTrouble(context, box, state, node, tone);
    context.lineWidth = stateMood === "ok" ? 1.5 : 2.5;
    context.strokeStyle = stateMood === "ok" ? look.line : tone;
    context.setLineDash([]);
    roundedBox(context, box);
    context.stroke();
    context.strokeStyle = context.fillStyle = stateMood === "ok" && node.shape !== "client" ? colour("--sea") : tone;
    drawShape(context, node, { x: box.x + 10, y: box.y + box.height * 0.14, width: box.width - 20, height: box.height * 0.5 }, state, look);
    this.drawLabels(context, box, state, stateMood, look);
    drawQueue(context, box, state.queued, look);
  }

  drawLabels(context, box, state, stateMood, look) {
    const centre = box.x + box.width / 2;
    context.textAlign = "center";
    context.fillStyle = look.ink;
    context.font = look.font;
    context.fillText(box.node.label, centre, box.y + box.height - 11, box.width - 10);
    const words = statusWords(box.node, state);
    if (!words) return;
    context.font = look.smallFont;
    context.fillStyle = look.moods[stateMood];
    context.fillText(words, centre, box.y + box.height + 15);
  }

  edgeLine({ source, target }) {
    const from = this.boxes.get(source);
    const to = this.boxes.get(target);
    if (!from || !to) return null;
    const a = border(from, to);
    const b = border(to, from);
    return { x: a.x, y: a.y, dx: b.x - a.x, dy: b.y - a.y };
  }
}

const LANES = { ok: 0, slow: 4, failed: -4, rejected: 6, timed_out: -6 };

/** "open", "down", "8 of 10 busy": what a node's state is in words. */
export function statusWords(node, state) {
  const parts = [];
  if (state.status && (node.shape === "breaker" || state.status !== node.statuses[0])) parts.push(state.status);
  if (node.slots && (node.shape === "service" || node.shape === "pool")) parts.push(`${number(state.busy)}/${node.slots} busy`);
  return parts.join(" · ");
}

function rateText(rates, inFull) {
  const total = OUTCOMES.reduce((sum, outcome) => sum + rates[outcome], 0);
  if (!inFull) return total ? `${number(total)}/s` : "";
  return OUTCOMES.filter((outcome) => rates[outcome] > 0).map((outcome) => `${number(rates[outcome])}/s ${OUTCOME_WORDS[outcome]}`).join(" · ");
}

function spread(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return { count: high - low + 1, share: (value) => (high > low ? (value - low) / (high - low) : 0.5) };
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

function trace(context, { x, y, dx, dy }) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
}

/** A still hint of traffic for the picture before the run. */
function preview(context, line, look) {
  context.globalAlpha = 0.4;
  for (const along of [0.2, 0.5, 0.8]) drawSymbol(context, "ok", pointOn(line, along).x, pointOn(line, along).y, look);
  context.globalAlpha = 1;
}
