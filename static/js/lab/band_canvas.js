/** A state series as horizontal bands, one an arm: each state has a colour, a texture and its word. */
import { h } from "./dom.js";
import { colour, faded } from "./palette.js";
import { mood } from "./picture_shapes.js";

const ROW = 30;
const BAND = 12;

export class BandCanvas {
  /**
   * @param {import("./charts.js").Charts} charts @param {import("./types.js").Series} series
   * @param {{arms: function(): string[], label: string, gutter?: number, right?: number, named?: boolean}} options
   */
  constructor(charts, series, { arms, label, gutter = 54, right = 18, named = true }) {
    Object.assign(this, { charts, series, session: charts.session, arms, gutter, right, named });
    this.element = h("canvas", { class: "bands", role: "img", "aria-label": label });
    this.element.addEventListener("click", (event) => this.session.player.seek(this.timeAt(event.offsetX)));
    this.element.addEventListener("mousemove", (event) => charts.point(this.timeAt(event.offsetX)));
    this.element.addEventListener("mouseleave", () => charts.point(null));
    new ResizeObserver(() => this.update()).observe(this.element);
  }

  get row() {
    return this.named ? ROW : BAND + 8;
  }

  redraw() {
    this.drawn = "";
    this.update();
  }

  /** The arm whose band lies at `y`. */
  armAt(y) {
    return this.arms()[Math.floor(y / this.row)];
  }

  /** Drawn anew when another bin is shown, or the cursor, the range, the size or the arms are others. */
  update() {
    const width = this.element.clientWidth;
    const arms = this.arms();
    const { cursorT, range, index } = this.charts;
    const key = `${width}|${arms}|${index}|${cursorT}|${range}|${this.session.run?.id}|${this.session.run?.take}`;
    if (!width || key === this.drawn) return;
    this.drawn = key;
    const height = arms.length * this.row + (this.named ? 8 : 0);
    const ratio = devicePixelRatio || 1;
    this.element.style.height = `${height}px`;
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
    const context = this.element.getContext("2d");
    context.scale(ratio, ratio);
    this.width = width;
    arms.forEach((arm, i) => this.drawRow(context, arm, i * this.row + (this.named ? 16 : 4)));
    this.drawLine(context, this.session.run ? this.session.player.playhead : null, height, "--signal", 1.5);
    this.drawLine(context, this.charts.cursorT, height, "--ink-3", 1);
  }

  drawRow(context, arm, y) {
    context.fillStyle = faded("--ink", 0.05);
    context.fillRect(this.gutter, y, this.width - this.gutter - this.right, BAND);
    for (const span of this.spans(arm, this.charts.index)) this.drawSpan(context, span, y);
    if (!this.named) return;
    context.font = '500 10.5px "Inter Variable", sans-serif';
    context.textAlign = "left";
    context.fillStyle = colour("--ink-2");
    context.fillText(this.session.armLabel(arm), this.gutter, y - 4);
  }

  /** Runs of equal values, as [state, from, to]. */
  spans(arm, index) {
    const { times, binS } = this.session.buffer;
    const values = this.session.buffer.arms.get(arm).values[this.series.name];
    const spans = [];
    for (let i = 0; i <= index; i += 1) {
      const state = values[i] === null || values[i] === undefined ? null : Math.round(values[i]);
      if (spans.length && spans.at(-1).state === state) spans.at(-1).to = times[i];
      else spans.push({ state, from: i ? times[i - 1] : times[i] - binS, to: times[i] });
    }
    return spans.filter(({ state }) => state !== null);
  }

  drawSpan(context, { state, from, to }, y) {
    const [low, high] = this.charts.range;
    const left = Math.max(this.gutter, this.xOf(Math.max(from, low)));
    const right = Math.min(this.width - this.right, this.xOf(Math.min(to, high)));
    if (right <= left) return;
    const word = this.series.states[state] ?? String(state);
    const kind = mood({ statuses: this.series.states }, word);
    context.fillStyle = kind === "ok" ? faded("--ok", 0.45) : colour(kind === "bad" ? "--bad" : "--warn");
    context.fillRect(left, y, right - left, BAND);
    if (kind === "bad") texture(context, left, right, y);
    if (right - left < 46) return;
    context.font = '600 9.5px "Inter Variable", sans-serif';
    context.fillStyle = kind === "ok" ? colour("--ink") : colour("--surface");
    context.textAlign = "left";
    context.fillText(word, left + 5, y + 9.5, right - left - 8);
  }

  drawLine(context, t, height, variable, width) {
    const x = t === null ? -1 : this.xOf(t);
    if (x < this.gutter || x > this.width - this.right + 1) return;
    context.fillStyle = colour(variable);
    context.fillRect(x - width / 2, 0, width, height);
  }

  xOf(t) {
    const [low, high] = this.charts.range;
    return this.gutter + ((t - low) / (high - low)) * (this.width - this.gutter - this.right);
  }

  timeAt(x) {
    const [low, high] = this.charts.range;
    return low + ((x - this.gutter) / (this.width - this.gutter - this.right)) * (high - low);
  }
}

function texture(context, left, right, y) {
  context.save();
  context.beginPath();
  context.rect(left, y, right - left, BAND);
  context.clip();
  context.strokeStyle = faded("--surface", 0.35);
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = left - BAND; x < right; x += 6) {
    context.moveTo(x, y + BAND);
    context.lineTo(x + BAND, y);
  }
  context.stroke();
  context.restore();
}
