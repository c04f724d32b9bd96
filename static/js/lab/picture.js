/** The topology of one arm on a canvas: boxes from the lab's description, requests on the edges, states at the playhead. */
import { h } from "./dom.js";
import { number } from "./format.js";
import { colour } from "./palette.js";
import { drawSymbol, symbolPlace, symbolsOnEdge } from "./picture_flow.js";
import { drawQueue, drawShape, drawTrouble, mood, roundedBox } from "./picture_shapes.js";
import { withSlots } from "./slots.js";
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
    const boxWidth = Math.min(this.compact ? 104 : 144, (width - 24) / (across.count * (width < 420 ? 1.36 : 1.5)));
    const boxHeight = Math.min(this.compact ? 84 : 108, (height - 30) / (down.count * 1.22));
    const marginX = boxWidth / 2 + Math.max(6, width * 0.03);
    const marginY = boxHeight / 2 + 12;
    for (const node of nodes) {
      const centreX = marginX + across.share(node.x) * (width - 2 * marginX);
      const centreY = down.count > 1 ? marginY + down.share(node.y) * (height - 2 * marginY) : height / 2;
      this.boxes.set(node.id, { x: centreX - boxWidth / 2, y: centreY - boxHeight / 2, width: boxWidth, height: boxHeight, node });
    }
  }

  /** In pixels. */
  get shortestEdge() {
    const lengths = this.topology.edges.map((edge) => this.edgeLine(edge)).filter(Boolean).map(({ dx, dy }) => Math.hypot(dx, dy));
    return Math.min(400, ...lengths);
  }

  look() {
    const outcomes = { ok: colour("--sea"), slow: colour("--warn"), failed: colour("--bad"), rejected: colour("--ink-2"), timed_out: colour("--bad") };
    const size = this.canvas.clientWidth < 420 ? 10.5 : 12;
    return {
      outcomes,
      ink: colour("--ink"), ink2: colour("--ink-2"), line: colour("--line-strong"), surface: colour("--surface"), raised: colour("--raised"),
      moods: { ok: colour("--ink-2"), off: colour("--ink-3"), warn: colour("--warn"), bad: colour("--bad") },
      font: `600 ${size + 1}px "Inter Variable", sans-serif`, smallFont: `500 ${size - 0.5}px "Inter Variable", sans-serif`,
    };
  }

  /** @param {{buffer: import("./buffer.js").RunBuffer, arm: string, parameters: Object<string, *>, playhead: number, speed: number, per: number, preview: boolean}} scene */
  draw(scene) {
    this.redraw = () => this.draw(scene);
    if (!this.ratio || this.boxes.size === 0) return;
    const context = this.canvas.getContext("2d");
    const look = this.look();
    const index = scene.buffer.indexAt(scene.playhead);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const edge of this.topology.edges) this.drawEdge(context, edge, scene, index, look);
    for (const box of this.boxes.values()) this.drawNode(context, { ...box, node: withSlots(box.node, scene.parameters) }, scene, index, look);
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
    const loud = stateMood === "warn" || stateMood === "bad";
    context.lineWidth = loud ? 2.5 : 1.5;
    context.strokeStyle = loud ? tone : look.line;
    context.setLineDash(stateMood === "off" ? [5, 5] : []);
    roundedBox(context, box);
    context.stroke();
    context.setLineDash([]);
    context.strokeStyle = context.fillStyle = stateMood === "ok" && node.shape !== "client" ? colour("--sea") : tone;
    context.globalAlpha = stateMood === "off" ? 0.4 : 1;
    this.drawScaled(context, box, state, look);
    context.globalAlpha = 1;
    this.drawLabels(context, box, state, stateMood, look);
    drawQueue(context, box, state.queued, look);
  }

  /** The shape in what the labels leave of the box; smaller boxes get the same drawing, smaller. */
  drawScaled(context, box, state, look) {
    context.font = look.font;
    const words = statusWords(box.node, state, box.width < 110);
    const text = (words ? 28 : 20) + 13 * twoLines(context, box.node.label, box.width - 8).length;
    const height = box.height - text - 2;
    const scale = Math.min(1, height / 50, (box.width - 16) / 100);
    if (scale < 0.2) return;
    context.save();
    context.translate(box.x + box.width / 2, box.y + 4 + height / 2);
    context.scale(scale, scale);
    drawShape(context, box.node, { x: -(box.width - 20) / 2 / Math.max(scale, 0.75), y: -25, width: (box.width - 20) / Math.max(scale, 0.75), height: 50 }, state, look);
    context.restore();
  }

  drawLabels(context, box, state, stateMood, look) {
    const centre = box.x + box.width / 2;
    const words = statusWords(box.node, state, box.width < 110);
    const bottom = box.y + box.height;
    context.textAlign = "center";
    context.fillStyle = look.ink;
    context.font = look.font;
    const lines = twoLines(context, box.node.label, box.width - 8);
    lines.forEach((line, i) => context.fillText(line, centre, bottom - (words ? 26 : 18) - (lines.length - 1 - i) * 13, box.width - 6));
    context.font = look.smallFont;
    context.fillStyle = look.moods[stateMood];
    context.fillText(words, centre, bottom - 10, box.width - 8);
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
export function statusWords(node, state, brief = false) {
  const parts = [];
  if (state.status && (node.shape === "breaker" || state.status !== node.statuses[0])) parts.push(state.status);
  if (node.slots && (node.shape === "service" || node.shape === "pool")) parts.push(`${number(state.busy)}/${node.slots} busy`);
  return (brief ? parts.slice(0, 1) : parts).join(" · ");
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

/** A label in one line where it fits, else in two of about the same length. */
function twoLines(context, text, width) {
  const words = text.split(" ");
  if (words.length < 2 || context.measureText(text).width <= width) return [text];
  const length = (part) => part.join(" ").length;
  const cut = words.map((_, i) => i).slice(1).sort((a, b) => Math.abs(length(words.slice(0, a)) - length(words.slice(a))) - Math.abs(length(words.slice(0, b)) - length(words.slice(b))))[0];
  return [words.slice(0, cut).join(" "), words.slice(cut).join(" ")];
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
