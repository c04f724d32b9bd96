/** Lines over time on one canvas, with marks, ledger, playhead and theory. The future is not drawn. */
import uPlot from "uplot";
import { h } from "./dom.js";
import { clock, number, unitOf } from "./format.js";
import { colour, drawMarker, faded } from "./palette.js";
import { drawFlags, drawTheory } from "./chart_marks.js";

const GUTTER = 54;
const SMALL_GUTTER = 40;
const MARKER_EVERY_PX = 90;

/**
 * @typedef {{arm: string, series: import("./types.js").Series, variable: string, dash: number[], marker: string, width: number}} Line
 * @typedef {{lines: function(): Line[], theory?: function(): {arm: string, line: import("./types.js").Theory}[], extent?: function(): [number, number], arms: function(): string[], height: number, small?: boolean}} View
 */
export class Plot {
  /** @param {import("./charts.js").Charts} charts x range, cursor, marks, seek @param {View} view what is drawn */
  constructor(charts, view) {
    Object.assign(this, { charts, view, session: charts.session, drawn: -2 });
    this.element = h("div", { class: view.small ? "plot small" : "plot" });
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** The plot is thrown away: uPlot keeps each one in a list for the window's resize and scroll until it is told. */
  close() {
    this.plot?.destroy();
    this.plot = null;
  }

  rebuild() {
    this.close();
    const width = this.element.clientWidth;
    this.lines = this.view.lines();
    if (!width || !this.lines.length) return;
    this.drawn = -2;
    this.plot = new uPlot(this.options(width), this.data(-1), this.element);
    this.playhead = h("div", { class: "playhead" });
    const { over } = this.plot;
    over.append(this.playhead);
    over.addEventListener("click", (event) => this.seek(event));
    over.addEventListener("dblclick", () => this.charts.zoom(null));
    over.addEventListener("mousemove", (event) => this.charts.point(this.plot.posToVal(event.offsetX, "x")));
    over.addEventListener("mouseleave", () => this.charts.point(null));
    this.update();
  }

  get unitText() {
    return unitOf(this.lines[0].series);
  }

  options(width) {
    const { small, height } = this.view;
    const axis = { stroke: colour("--ink-2"), font: `${small ? 10 : 11}px "Inter Variable", sans-serif`, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const times = { ...axis, size: small ? 24 : 28, gap: 5, space: small ? 42 : 50, values: (_, ticks) => ticks.map((t) => clock(t).replace(/\.0$/, "")) };
    const values = { ...axis, size: small ? SMALL_GUTTER : GUTTER, space: small ? 22 : 30, values: (_, ticks) => ticks.map((v) => tickText(v, this.unitText)) };
    return {
      width, height, padding: small ? [8, 8, 0, 0] : [14, 18, 0, 0], legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: small ? 5 : 7 }, y: false },
      scales: { x: { time: false, range: () => this.charts.range }, y: { range: (_, low, high) => this.yRange(low, high) } },
      axes: [times, values],
      series: [{}, ...this.lines.map((line) => lineOptions(line))],
      hooks: { draw: [(u) => u === this.plot && this.decorate(u)], setSelect: [(u) => this.selected(u)] },
    };
  }

  yRange(low, high) {
    const [least, most] = this.view.extent?.() ?? [low, high];
    return niceRange(least, most, Math.max(0, ...this.theory().map(({ line }) => line.value)), this.unitText);
  }

  theory() {
    return this.view.theory?.() ?? [];
  }

  /** Columns up to bin `index`: what lies after the playhead stays unseen. */
  data(index) {
    const { buffer } = this.session;
    return [buffer.times.slice(0, index + 1), ...this.lines.map(({ arm, series }) => buffer.arms.get(arm).values[series.name].slice(0, index + 1))];
  }

  /** @returns {boolean} whether another bin is shown than before */
  update() {
    if (!this.plot) {
      if (!this.element.clientWidth || this.lines?.length === 0) return false;
      this.rebuild();
      return Boolean(this.plot);
    }
    const { player } = this.session;
    const index = this.charts.index;
    const other = index !== this.drawn;
    if (other) {
      this.drawn = index;
      this.plot.setData(this.data(index));
    }
    const x = this.plot.valToPos(player.playhead, "x");
    this.playhead.style.translate = `${x}px 0`;
    this.playhead.hidden = !this.session.run || x < -1 || x > this.plot.over.clientWidth + 1;
    return other;
  }

  redraw() {
    this.drawn = -2;
    this.update();
  }

  /** The cursor stands at `t` in some chart; null: nowhere. */
  point(t) {
    if (!this.plot || this.plot.over.matches(":hover")) return;
    this.plot.setCursor(t === null ? { left: -10, top: -10 } : { left: this.plot.valToPos(t, "x"), top: 4 }, false, false);
  }

  /** uPlot remembers what it set on the canvas, so everything is put back. */
  decorate(u) {
    u.ctx.save();
    drawFlags(u, this.charts.visibleMarks(this.view.arms()));
    drawTheory(u, this.theory(), (arm) => this.lines.find((line) => line.arm === arm) ?? this.lines[0]);
    this.drawMarkers(u);
    this.shadeWarmUp(u);
    u.ctx.restore();
  }

  shadeWarmUp(u) {
    const warm = u.valToPos(Math.min(this.session.description.warm_up_s, this.charts.range[1]), "x", true);
    if (warm <= u.bbox.left) return;
    u.ctx.fillStyle = faded("--ink", 0.045);
    u.ctx.fillRect(u.bbox.left, u.bbox.top, warm - u.bbox.left, u.bbox.height);
  }

  drawMarkers(u) {
    const [times, ...columns] = u.data;
    const [low, high] = this.charts.range;
    const every = Math.max(1, Math.round((MARKER_EVERY_PX / u.over.clientWidth) * ((high - low) / this.session.buffer.binS)));
    const radius = (this.view.small ? 2.4 : 3) * devicePixelRatio;
    columns.forEach((values, row) => {
      const { variable, marker } = this.lines[row];
      u.ctx.fillStyle = u.ctx.strokeStyle = colour(variable);
      u.ctx.lineWidth = 2 * devicePixelRatio;
      u.ctx.setLineDash([]);
      for (let i = Math.round(every * (0.3 + row * 0.17)); i < times.length; i += every) {
        if (values[i] === null || times[i] < low || times[i] > high) continue;
        drawMarker(u.ctx, marker, u.valToPos(times[i], "x", true), u.valToPos(values[i], "y", true), radius);
      }
    });
  }

  seek(event) {
    if (this.plot.select.width > 3) return;
    this.session.player.seek(this.plot.posToVal(event.offsetX, "x"));
  }

  selected(u) {
    if (u.select.width < 8) return;
    this.charts.zoom([u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")]);
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  resize() {
    const width = this.element.clientWidth;
    if (!this.plot) this.update();
    else if (width && width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
  }
}

function lineOptions({ series, variable, dash, width }) {
  const stepped = series.kind === "step" ? { paths: uPlot.paths.stepped({ align: -1 }) } : {};
  return { label: series.label, stroke: colour(variable), width, dash, points: { show: false }, ...stepped };
}

/** From zero (or below) to a little above the highest value. */
function niceRange(low, high, theoryTop, unit) {
  const top = Math.max(high ?? 0, theoryTop);
  if (unit === "%" && top > 0.5 && top <= 1) return [0, 1];
  if (!Number.isFinite(top) || top <= 0) return [Math.min(0, low ?? 0), 1];
  const step = 10 ** Math.floor(Math.log10(top)) / 4;
  return [Math.min(0, low ?? 0), Math.ceil((top * 1.06) / step) * step];
}

function tickText(value, unit) {
  return unit === "%" ? `${number(value * 100)}%` : number(value);
}
