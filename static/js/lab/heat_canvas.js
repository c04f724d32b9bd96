/** One arm's rows over time as a strip of coloured cells. One pixel of a hidden canvas is one cell; what is seen is that, enlarged. */
import { h } from "./dom.js";
import { clock } from "./format.js";
import { colour, faded } from "./palette.js";

const GUTTER = 54;
const AXIS = 4;
const TIMES = 13;

export class HeatCanvas {
  /**
   * @param {import("./charts.js").Charts} charts @param {import("./types.js").Series} series
   * @param {{arm: string, label: string, scale: function(): {scale: import("./heat_scale.js").Scale, colours: Uint8ClampedArray, key: string}, gutter?: number, right?: number, height?: number}} options
   */
  constructor(charts, series, { arm, label, scale, gutter = GUTTER, right = 18, height = 0 }) {
    Object.assign(this, { charts, series, session: charts.session, arm, scale, gutter, right, fixed: height, painted: -1, key: "" });
    this.element = h("canvas", { class: "heat", role: "img", "aria-label": label });
    this.cells = document.createElement("canvas");
    this.element.addEventListener("click", (event) => this.session.player.seek(this.timeAt(event.offsetX)));
    this.element.addEventListener("mousemove", (event) => charts.point(this.timeAt(event.offsetX), { arm, row: this.rowAt(event.offsetY) }));
    this.element.addEventListener("mouseleave", () => charts.point(null));
    new ResizeObserver(() => this.update()).observe(this.element);
  }

  /** Rows that nobody ever had a value for, at the end of the list, are left out: servers that were never added. */
  get rows() {
    const used = this.session.buffer.rowsUsed[this.series.name];
    return used ? this.series.rows.slice(0, used) : this.series.rows;
  }

  get height() {
    const each = this.rows.length > 30 ? 4 : this.rows.length > 16 ? 6 : this.rows.length > 8 ? 10 : 13;
    return this.fixed || this.rows.length * each;
  }

  rowAt(y) {
    return Math.min(this.rows.length - 1, Math.max(0, Math.floor(((y - AXIS) / this.height) * this.rows.length)));
  }

  /** Drawn anew when another bin is shown, or the cursor, the range, the size or the colours are others. */
  update() {
    const width = this.element.clientWidth;
    const { cursorT, range, index } = this.charts;
    const key = `${width}|${this.height}|${index}|${cursorT}|${range}|${this.scale().key}|${this.session.run?.take}`;
    if (!width || key === this.drawn) return;
    this.drawn = key;
    const ratio = devicePixelRatio || 1;
    const height = this.height + 2 * AXIS + TIMES;
    this.element.style.height = `${height}px`;
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
    this.width = width;
    const context = this.element.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = faded("--ink", 0.05);
    context.fillRect(this.gutter, AXIS, width - this.gutter - this.right, this.height);
    this.paint();
    this.drawCells(context);
    this.drawNames(context);
    this.drawTimes(context);
    this.drawLine(context, this.session.run ? this.session.player.playhead : null, "--signal", 1.5);
    this.drawLine(context, this.charts.cursorT, "--ink-2", 1);
  }

  redraw() {
    this.drawn = "";
    this.update();
  }

  /** New bins onto the hidden canvas; all of them when the scale has changed or time has gone back. */
  paint() {
    const { scale, colours, key } = this.scale();
    const { index } = this.charts;
    const bins = Math.ceil(this.session.durationS / this.session.buffer.binS);
    if (key !== this.key || index < this.painted || this.cells.width !== bins || this.cells.height !== this.rows.length) {
      this.cells.width = Math.max(1, bins);
      this.cells.height = this.rows.length;
      this.painted = -1;
      this.key = key;
    }
    if (index <= this.painted) return;
    const width = index - this.painted;
    const image = new ImageData(width, this.rows.length);
    for (let i = 0; i < width; i += 1) this.column(image, i, this.session.buffer.row(this.arm, this.series.name, this.painted + 1 + i), scale, colours);
    this.cells.getContext("2d").putImageData(image, this.painted + 1, 0);
    this.painted = index;
  }

  column(image, i, values, scale, colours) {
    for (let row = 0; row < this.rows.length; row += 1) {
      const value = values?.[row] ?? null;
      if (value === null) continue;
      const at = (row * image.width + i) * 4;
      const from = scale.step(value) * 3;
      image.data.set([colours[from], colours[from + 1], colours[from + 2], 255], at);
    }
  }

  drawCells(context) {
    const { binS } = this.session.buffer;
    const [low, high] = this.charts.range;
    context.imageSmoothingEnabled = false;
    const from = Math.max(0, low / binS);
    const to = Math.min(this.cells.width, high / binS);
    const room = this.width - this.gutter - this.right;
    context.drawImage(this.cells, from, 0, to - from, this.rows.length, this.gutter, AXIS, (room * (to - from) * binS) / (high - low), this.height);
  }

  /** As many names of rows as there is room for. */
  drawNames(context) {
    if (this.gutter < 30) return;
    const each = this.height / this.rows.length;
    const every = Math.ceil(11 / each);
    context.font = '500 9.5px "Inter Variable", sans-serif';
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = colour("--ink-2");
    for (let row = 0; row < this.rows.length; row += every) context.fillText(this.rows[row], this.gutter - 5, AXIS + (row + 0.5) * each, this.gutter - 8);
    context.textBaseline = "alphabetic";
  }

  /** The beginning, the middle and the end. */
  drawTimes(context) {
    const [low, high] = this.charts.range;
    context.font = '500 9.5px "Inter Variable", sans-serif';
    context.fillStyle = colour("--ink-2");
    for (const [align, t] of [["left", low], ["center", (low + high) / 2], ["right", high]]) {
      context.textAlign = align;
      context.fillText(clock(t).replace(/\.0$/, ""), this.xOf(t), this.height + 2 * AXIS + TIMES - 4);
    }
  }

  drawLine(context, t, variable, width) {
    const x = t === null ? -1 : this.xOf(t);
    if (x < this.gutter || x > this.width - this.right + 1) return;
    context.fillStyle = colour(variable);
    context.fillRect(x - width / 2, 0, width, this.height + 2 * AXIS);
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
