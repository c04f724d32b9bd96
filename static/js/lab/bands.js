/** A state series as one horizontal band per arm: each state has a colour, a texture and its word. */
import { chartTable } from "./chart_table.js";
import { h, setText } from "./dom.js";
import { clock } from "./format.js";
import { colour, faded, swatch } from "./palette.js";
import { mood } from "./picture_shapes.js";

const ROW = 30;
const GUTTER = 54;
const RIGHT = 18;

export class Bands {
  /** @param {{title: string, series: import("./types.js").Series[]}} group @param {import("./charts.js").Charts} charts */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0], tableShown: false });
    this.canvas = h("canvas", { class: "bands", role: "img", "aria-label": `${group.title}, one band per variant` });
    this.table = h("div", { class: "table-box chart-table", hidden: true, tabindex: 0, role: "region", "aria-label": `Table: ${group.title}` });
    this.tip = h("p", { class: "chart-tip" });
    this.button = h("button", { type: "button", class: "btn small ghost", "aria-expanded": "false", onclick: () => this.toggleTable() }, "Table");
    const legend = h("span", { class: "band-legend" }, this.series.states.map((state) => h("span", { class: `state ${mood({ statuses: this.series.states }, state)}` }, state)));
    this.element = h("article", { class: "chart card bands-card" }, h("header", {}, h("h3", {}, group.title), legend, this.button), h("div", { class: "plot-box" }, this.canvas, this.tip), this.table);
    this.canvas.addEventListener("click", (event) => this.session.player.seek(this.timeAt(event.offsetX)));
    this.canvas.addEventListener("mousemove", (event) => this.say(event));
    new ResizeObserver(() => this.update()).observe(this.canvas);
  }

  get arms() {
    return this.session.arms.filter((arm) => !this.charts.hidden.has(arm));
  }

  rebuild() {
    this.update();
  }

  redraw() {
    this.update();
  }

  update() {
    const width = this.canvas.clientWidth;
    if (!width) return;
    const height = this.arms.length * ROW + 8;
    const ratio = devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.width = width;
    const index = this.session.buffer.indexAt(this.session.player.playhead);
    this.arms.forEach((arm, row) => this.drawRow(context, arm, row * ROW + 4, index));
    this.drawOverlay(context, height);
    if (this.tableShown && index !== this.tabled) this.fillTable(index);
  }

  drawRow(context, arm, y, index) {
    context.fillStyle = faded("--ink", 0.05);
    context.fillRect(GUTTER, y + 12, this.width - GUTTER - RIGHT, 12);
    for (const span of this.spans(arm, index)) this.drawSpan(context, span, y + 12);
    context.font = '500 10.5px "Inter Variable", sans-serif';
    context.textAlign = "left";
    context.fillStyle = colour("--ink-2");
    context.fillText(this.session.armLabel(arm), GUTTER, y + 8);
  }

  /** Runs of equal values, as [state, from, to]. */
  spans(arm, index) {
    const { times, binS } = this.session.buffer;
    const values = this.session.buffer.arms.get(arm).values[this.series.name];
    const spans = [];
    for (let i = 0; i <= index; i += 1) {
      const state = values[i] === null ? null : Math.round(values[i]);
      if (spans.length && spans.at(-1).state === state) spans.at(-1).to = times[i];
      else spans.push({ state, from: i ? times[i - 1] : times[i] - binS, to: times[i] });
    }
    return spans.filter(({ state }) => state !== null);
  }

  drawSpan(context, { state, from, to }, y) {
    const [low, high] = this.charts.range;
    const left = Math.max(GUTTER, this.xOf(Math.max(from, low)));
    const right = Math.min(this.width - RIGHT, this.xOf(Math.min(to, high)));
    if (right <= left) return;
    const word = this.series.states[state] ?? String(state);
    const kind = mood({ statuses: this.series.states }, word);
    context.fillStyle = kind === "ok" ? faded("--ok", 0.45) : colour(kind === "bad" ? "--bad" : "--warn");
    context.fillRect(left, y, right - left, 12);
    if (kind === "bad") texture(context, left, right, y);
    if (right - left < 46) return;
    context.font = '600 9.5px "Inter Variable", sans-serif';
    context.fillStyle = kind === "ok" ? colour("--ink") : colour("--surface");
    context.textAlign = "left";
    context.fillText(word, left + 5, y + 9.5);
  }

  drawOverlay(context, height) {
    const x = this.xOf(this.session.player.playhead);
    if (!this.session.run || x < GUTTER || x > this.width) return;
    context.fillStyle = colour("--signal");
    context.fillRect(x - 0.75, 0, 1.5, height);
  }

  xOf(t) {
    const [low, high] = this.charts.range;
    return GUTTER + ((t - low) / (high - low)) * (this.width - GUTTER - RIGHT);
  }

  timeAt(x) {
    const [low, high] = this.charts.range;
    return low + ((x - GUTTER) / (this.width - GUTTER - RIGHT)) * (high - low);
  }

  say(event) {
    const arm = this.arms[Math.floor(event.offsetY / ROW)];
    const t = this.timeAt(event.offsetX);
    if (!arm || t > this.session.player.playhead || t < 0) return setText(this.tip, "");
    const value = this.session.buffer.value(arm, this.series.name, this.session.buffer.indexAt(t));
    setText(this.tip, value === null ? "" : `${clock(t)} ${this.session.armLabel(arm)}: ${this.series.states[Math.round(value)] ?? value}`);
  }

  toggleTable() {
    this.tableShown = !this.tableShown;
    this.button.setAttribute("aria-expanded", String(this.tableShown));
    this.table.hidden = !this.tableShown;
    this.fillTable(this.session.buffer.indexAt(this.session.player.playhead));
  }

  fillTable(index) {
    this.tabled = index;
    this.table.replaceChildren(chartTable(this.session, this.group, this.arms, index));
  }
}

function texture(context, left, right, y) {
  context.save();
  context.beginPath();
  context.rect(left, y, right - left, 12);
  context.clip();
  context.strokeStyle = faded("--surface", 0.35);
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = left - 12; x < right; x += 6) {
    context.moveTo(x, y + 12);
    context.lineTo(x + 12, y);
  }
  context.stroke();
  context.restore();
}
