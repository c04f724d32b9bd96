/** The topology of one arm on a canvas: boxes from the lab's description, requests on the edges, states at the playhead. */
import { h } from "./dom.js";
import { colour } from "./palette.js";
import { drawLine, drawPreview, drawRate, drawSymbols, edgeLine, pickMember, rateText } from "./picture_edges.js";
import { cellGrid, seated } from "./picture_group.js";
import { arrange } from "./picture_layout.js";
import { drawNode, wordsHeight } from "./picture_nodes.js";
import { mood } from "./picture_shapes.js";
import { groupSize, withSlots } from "./slots.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const IDLE = { status: "", busy: 0, queued: 0, members: [] };

export class Picture {
  /** @param {import("./types.js").Description} description */
  constructor(description, { compact = false } = {}) {
    this.topology = description.topology;
    this.starts = new Map(description.arms.map((arm) => [arm.name, new Map(arm.at_start)]));
    this.compact = compact;
    this.canvas = h("canvas", { class: "picture", role: "img" });
    this.boxes = new Map();
    this.groups = this.topology.nodes.filter(({ members }) => members);
    this.rooms = new Map();
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  /** The canvas is as high as its boxes need; what the page's style says is a wish. */
  resize() {
    const { clientWidth } = this.canvas;
    if (!clientWidth) return;
    this.canvas.style.height = "";
    const wanted = this.canvas.clientHeight;
    const { boxes, height } = arrange(this.topology.nodes, clientWidth, { height: wanted, compact: this.compact, members: ({ id }) => this.rooms.get(id) ?? 0 });
    this.boxes = boxes;
    if (Math.abs(height - wanted) > 1) this.canvas.style.height = `${Math.ceil(height)}px`;
    this.ratio = Math.min(devicePixelRatio || 1, 2.5);
    this.canvas.width = Math.round(clientWidth * this.ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * this.ratio);
    this.redraw?.();
  }

  /** In pixels. */
  get shortestEdge() {
    const lengths = this.topology.edges.map((edge) => edgeLine(this.boxes, edge)).filter(Boolean).map(({ dx, dy }) => Math.hypot(dx, dy));
    return Math.min(400, ...lengths);
  }

  look() {
    const outcomes = { ok: colour("--sea"), slow: colour("--warn"), failed: colour("--bad"), rejected: colour("--ink-2"), timed_out: colour("--bad") };
    const size = this.canvas.clientWidth < 420 ? 10.5 : 12;
    const font = (weight, px) => `${weight} ${px}px "Inter Variable", sans-serif`;
    return {
      outcomes,
      ink: colour("--ink"), ink2: colour("--ink-2"), line: colour("--line-strong"), surface: colour("--surface"), raised: colour("--raised"),
      moods: { ok: colour("--ink-2"), off: colour("--ink-3"), warn: colour("--warn"), bad: colour("--bad") },
      font: font(600, size + 1), smallFont: font(500, size - 0.5), tinyFont: font(600, 9),
    };
  }

  /** @param {{buffer: import("./buffer.js").RunBuffer, arm: string, parameters: Object<string, *>, playhead: number, speed: number, per: number, preview: boolean}} scene */
  draw(scene) {
    this.redraw = () => this.draw(scene);
    if (this.makeRoom(scene)) return this.resize();
    if (!this.ratio || this.boxes.size === 0) return;
    const context = this.canvas.getContext("2d");
    const look = this.look();
    const index = scene.buffer.indexAt(scene.playhead);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.seatings = new Map(this.groups.map((node) => [node.id, this.seating(context, node, scene, index, look)]));
    for (const edge of this.topology.edges) this.drawEdge(context, edge, scene, index, look);
    for (const edge of this.topology.edges) if (!this.groupAt(edge)) this.drawTravellers(context, edge, scene, look);
    for (const box of this.boxes.values()) drawNode(context, { ...box, node: withSlots(box.node, scene.parameters) }, this.stateOf(box.node, scene, index), look, this.seatings.get(box.node.id));
    for (const edge of this.topology.edges) if (this.groupAt(edge)) this.drawTravellers(context, edge, scene, look);
    this.scene = scene;
    this.ondrawn?.();
  }

  /**
   * What was drawn and where, to be pointed at: each member of a group, and each node that is none.
   * @returns {{name: string, node: import("./types.js").Node, member: import("./types.js").Member|null, state: import("./types.js").NodeState, rect: {x: number, y: number, width: number, height: number}}[]}
   */
  spots() {
    const { scene } = this;
    const index = scene.buffer.indexAt(scene.playhead);
    return [...this.boxes.values()].flatMap(({ node: declared, ...rect }) => {
      const node = withSlots(declared, scene.parameters);
      const state = this.stateOf(node, scene, index);
      const seating = this.seatings.get(node.id);
      if (!seating) return [{ name: node.id, node, member: null, state, rect }];
      if (scene.preview) return [];
      return seating.seats.flatMap((member, i) => (member && seating.cells[i] ? [{ name: member.name, node, member, state, rect: seating.cells[i] }] : []));
    });
  }

  /** The group to which an edge leads: its requests are drawn over the boxes, since they end inside of one. */
  groupAt({ target }) {
    return this.groups.find(({ id }) => id === target);
  }

  /** Whether the cells of some group have changed in number, so that the boxes must be placed anew. */
  makeRoom({ buffer, parameters, preview }) {
    const before = [...this.rooms.values()].join();
    for (const node of this.groups) this.rooms.set(node.id, groupSize(node, parameters, preview ? null : buffer.group(node.id)));
    return before !== [...this.rooms.values()].join();
  }

  stateOf(node, { buffer, arm, preview }, index) {
    if (preview) return { ...IDLE, status: this.starts.get(arm)?.get(node.id) ?? node.statuses[0] ?? "" };
    return { ...IDLE, ...buffer.nodes(arm, index)[node.id] };
  }

  /** The cells of a group and who sits in them. */
  seating(context, node, scene, index, look) {
    const box = this.boxes.get(node.id);
    const count = this.rooms.get(node.id);
    const cells = cellGrid(box, count, wordsHeight(context, box, look, true) + 12);
    if (scene.preview) return { cells, seats: cells.map((_, i) => ({ name: String(i + 1), status: node.statuses[0] ?? "", busy: 0, queued: 0 })) };
    const { names } = scene.buffer.group(node.id);
    return { cells, seats: seated(this.stateOf(node, scene, index).members ?? [], names, count) };
  }

  drawEdge(context, edge, scene, index, look) {
    const line = edgeLine(this.boxes, edge);
    if (!line) return;
    drawLine(context, line, look);
    if (scene.preview) drawPreview(context, line, look);
    const idle = scene.preview || index < 0;
    drawRate(context, line, idle ? edge.label : rateText(scene.buffer.rates(scene.arm, edge.id, index), calm.matches), look);
  }

  drawTravellers(context, edge, scene, look) {
    const flow = scene.buffer.cumulative(scene.arm, edge.id);
    const line = edgeLine(this.boxes, edge);
    if (!flow || !line || scene.preview || calm.matches) return;
    const group = this.groupAt(edge);
    const aim = group ? (t, draw, outcome) => this.aimedAt(group, scene, t, draw, outcome) : undefined;
    drawSymbols(context, flow, line, { ...scene, binS: scene.buffer.binS }, look, aim);
  }

  /** The middle of the cell at which a request ends that set out at `t`. */
  aimedAt(node, scene, t, draw, outcome) {
    const { cells } = this.seatings.get(node.id);
    const { names } = scene.buffer.group(node.id);
    const seats = seated(this.stateOf(node, scene, scene.buffer.indexAt(t)).members ?? [], names, cells.length);
    const cell = cells[pickMember(seats, draw, outcome, ({ status }) => mood(node, status) === "bad")];
    return cell && { x: cell.x + cell.width / 2, y: cell.y + cell.height / 2 };
  }
}
