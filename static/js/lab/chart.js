/** One chart: all arms overlaid for one series, with marks, ledger, playhead and theory. The future is not drawn. */
import uPlot from "uplot";
import { h, setText, uniqueId } from "./dom.js";
import { clock, number, quantity, unitOf } from "./format.js";
import { armLook, colour, drawMarker, faded, swatch } from "./palette.js";
import { chartTable } from "./chart_table.js";
import { drawFlags, drawTheory, flagNear } from "./chart_marks.js";

const GUTTER = 54;
const RIGHT = 18;
const MARKER_EVERY_PX = 90;

export class Chart {
  /**
   * @param {{title: string, series: import("./types.js").Series[]}} group
   * @param {import("./charts.js").Charts} charts the shared view: x range, hidden arms, seek
   */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0], drawn: -2, tableShown: false });
    this.plotHost = h("div", { class: "plot" });
    this.readout = h("div", { class: "readout" });
    this.tip = h("p", { class: "chart-tip" });
    this.assumes = h("p", { class: "chart-theory" });
    this.table = h("div", { class: "table-box chart-table", hidden: true, tabindex: 0, role: "region", "aria-label": `Table: ${group.title}` });
    this.hint = h("p", { class: "chart-hint" }, "Run to draw this");
    this.element = h("article", { class: "chart card" }, this.header(), h("div", { class: "plot-box" }, this.plotHost, this.hint, this.tip), this.readout, this.assumes, this.table);
    new ResizeObserver(() => this.resize()).observe(this.plotHost);
  }

  header() {
    this.unit = h("span", { class: "unit" });
    this.tableButton = h("button", { type: "button", class: "btn small ghost", "aria-expanded": "false", onclick: () => this.toggleTable() }, "Table");
    return h("header", {}, h("h3", {}, this.group.title, " ", this.unit), this.group.series.length > 1 && this.picker(), this.tableButton);
  }

  picker() {
    const name = uniqueId("series");
    const option = (series, i) => h("label", {}, h("input", { type: "radio", name, checked: i === 0, onchange: () => this.choose(series) }), series.label);
    return h("fieldset", { class: "segmented" }, h("legend", { class: "visually-hidden" }, `Series of ${this.group.title}`), this.group.series.map(option));
  }

  choose(series) {
    this.series = series;
    this.rebuild();
  }

  get unitText() {
    return unitOf(this.series);
  }

  get shownArms() {
    return this.session.arms.filter((arm) => !this.charts.hidden.has(arm));
  }

  rebuild() {
    this.plot?.destroy();
    const width = this.plotHost.clientWidth;
    if (!width) return (this.plot = null);
    setText(this.unit, this.unitText);
    this.drawn = -2;
    this.plot = new uPlot(this.options(width), this.data(-1), this.plotHost);
    this.playhead = h("div", { class: "playhead" });
    this.plot.over.append(this.playhead);
    this.plot.over.addEventListener("click", (event) => this.seek(event));
    this.plot.over.addEventListener("dblclick", () => this.charts.zoom(null));
    this.update();
  }

  options(width) {
    const axis = { stroke: colour("--ink-2"), font: '11px "Inter Variable", sans-serif', grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const lines = this.shownArms.map((arm) => this.lineOptions(arm));
    return {
      width, height: this.charts.compact ? 150 : 200, padding: [14, RIGHT, 0, 0], legend: { show: false },
      cursor: { sync: { key: this.charts.syncKey, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 7 }, y: false },
      scales: { x: { time: false, range: () => this.charts.range }, y: { range: (_, low, high) => yRange(low, high, this.theoryTop(), this.unitText) } },
      axes: [{ ...axis, size: 28, values: (_, ticks) => ticks.map((t) => clock(t).replace(/\.0$/, "")) }, { ...axis, size: GUTTER, values: (_, ticks) => ticks.map((v) => tickText(v, this.unitText)) }],
      series: [{}, ...lines],
      hooks: { draw: [(u) => this.decorate(u)], setCursor: [(u) => this.showReadout(u)], setSelect: [(u) => this.selected(u)] },
    };
  }

  lineOptions(arm) {
    const { variable, dash } = armLook(this.session.armIndex(arm));
    const stepped = this.series.kind === "step" ? { paths: uPlot.paths.stepped({ align: -1 }) } : {};
    return { label: this.session.armLabel(arm), stroke: colour(variable), width: arm === this.charts.selectedArm ? 2.75 : 1.75, dash, points: { show: false }, ...stepped };
  }

  /** Columns up to bin `index`: what lies after the playhead stays unseen. */
  data(index) {
    const { buffer } = this.session;
    const times = buffer.times.slice(0, index + 1);
    return [times, ...this.shownArms.map((arm) => buffer.arms.get(arm).values[this.series.name].slice(0, index + 1))];
  }

  update() {
    if (!this.plot) return this.rebuild();
    const { buffer, player } = this.session;
    const index = buffer.indexAt(player.playhead);
    this.hint.hidden = index >= 0;
    if (index !== this.drawn) {
      this.drawn = index;
      this.plot.setData(this.data(index));
      this.showReadout(this.plot);
      if (this.tableShown) this.fillTable();
    }
    const x = this.plot.valToPos(player.playhead, "x");
    this.playhead.style.translate = `${x}px 0`;
    this.playhead.hidden = !this.session.run || x < -1 || x > this.plot.over.clientWidth + 1;
  }

  redraw() {
    this.drawn = -2;
    this.update();
  }

  /** Theory lines of the metrics that bear this series' name. */
  theory() {
    const { finished } = this.session.buffer;
    if (!finished || !this.session.player.ended) return [];
    return this.shownArms.flatMap((arm) => (finished.theory[arm] ?? []).filter(({ metric, value }) => metric === this.series.name && value !== null).map((line) => ({ arm, line })));
  }

  theoryTop() {
    return Math.max(0, ...this.theory().map(({ line }) => line.value));
  }

  /** uPlot remembers what it set on the canvas, so everything is put back. */
  decorate(u) {
    u.ctx.save();
    this.drawOver(u);
    u.ctx.restore();
  }

  drawOver(u) {
    drawFlags(u, this.charts.visibleMarks());
    drawTheory(u, this.theory(), (arm) => armLook(this.session.armIndex(arm)));
    this.drawMarkers(u);
    const warm = u.valToPos(Math.min(this.session.description.warm_up_s, this.charts.range[1]), "x", true);
    if (warm <= u.bbox.left) return;
    u.ctx.fillStyle = faded("--ink", 0.045);
    u.ctx.fillRect(u.bbox.left, u.bbox.top, warm - u.bbox.left, u.bbox.height);
  }

  drawMarkers(u) {
    const [times, ...columns] = u.data;
    const span = this.charts.range[1] - this.charts.range[0];
    const every = Math.max(1, Math.round((MARKER_EVERY_PX / u.over.clientWidth) * (span / this.session.buffer.binS)));
    columns.forEach((values, row) => {
      const { variable, marker } = armLook(this.session.armIndex(this.shownArms[row]));
      u.ctx.fillStyle = u.ctx.strokeStyle = colour(variable);
      u.ctx.lineWidth = 2 * devicePixelRatio;
      u.ctx.setLineDash([]);
      for (let i = Math.round(every * (0.3 + row * 0.17)); i < times.length; i += every) {
        if (values[i] === null || times[i] < this.charts.range[0] || times[i] > this.charts.range[1]) continue;
        drawMarker(u.ctx, marker, u.valToPos(times[i], "x", true), u.valToPos(values[i], "y", true), 3 * devicePixelRatio);
      }
    });
  }

  /** Values of all arms at the cursor, else at the playhead; a flag's words when the cursor is near it. */
  showReadout(u) {
    const hovered = u.cursor.idx !== null && u.cursor.idx !== undefined && u.cursor.left >= 0;
    const index = hovered ? u.cursor.idx : this.drawn;
    const { buffer } = this.session;
    const items = this.shownArms.map((arm) => h("span", { class: arm === this.charts.selectedArm ? "chosen" : null }, swatch(this.session.armIndex(arm)), h("b", {}, quantity(buffer.value(arm, this.series.name, index), this.unitText))));
    this.readout.replaceChildren(h("span", { class: "at" }, index >= 0 ? clock(buffer.times[index] ?? 0) : ""), ...items);
    const flag = hovered && u.cursor.event ? flagNear(u, this.charts.visibleMarks()) : null;
    const line = this.theory()[0]?.line;
    setText(this.tip, flag ?? "");
    setText(this.assumes, line ? `Dashed: theory, ${quantity(line.value, this.unitText)}. Assumes ${line.assumes}. Source: ${line.source}` : "");
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

  toggleTable() {
    this.tableShown = !this.tableShown;
    this.tableButton.setAttribute("aria-expanded", String(this.tableShown));
    this.table.hidden = !this.tableShown;
    if (this.tableShown) this.fillTable();
  }

  fillTable() {
    this.table.replaceChildren(chartTable(this.session, this.group, this.shownArms, this.drawn));
  }

  resize() {
    const width = this.plotHost.clientWidth;
    if (!this.plot) this.rebuild();
    else if (width && width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
  }
}

/** From zero (or below) to a little above the highest value. */
function yRange(low, high, theoryTop, unit) {
  const top = Math.max(high ?? 0, theoryTop);
  if (unit === "%" && top > 0.5 && top <= 1) return [0, 1];
  if (!Number.isFinite(top) || top <= 0) return [Math.min(0, low ?? 0), 1];
  const step = 10 ** Math.floor(Math.log10(top)) / 4;
  return [Math.min(0, low ?? 0), Math.ceil((top * 1.06) / step) * step];
}

function tickText(value, unit) {
  if (unit === "%") return `${number(value * 100)}%`;
  return number(value);
}
