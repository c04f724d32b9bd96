/** A heat series as a chart: one strip an arm under one scale, its numbers, a table. */
import { TableFold } from "./chart_table.js";
import { h, setText, uniqueId } from "./dom.js";
import { clock, number, quantity, unitOf } from "./format.js";
import { evenColumns } from "./even_columns.js";
import { HeatCanvas } from "./heat_canvas.js";
import { ramp, scaleTo, Spread, ticks } from "./heat_scale.js";
import { heatTable } from "./heat_table.js";
import { isNarrow } from "./onscreen.js";
import { swatch } from "./palette.js";

const ALL = "";
const MANY = 3;

/** The colours of one heat series, the same for all arms: they follow the highest value that has been played. */
export class HeatColours {
  /** @param {import("./charts.js").Charts} charts @param {import("./types.js").Series} series */
  constructor(charts, series) {
    Object.assign(this, { charts, series });
  }

  /** @returns {{scale: import("./heat_scale.js").Scale, colours: Uint8ClampedArray, key: string}} */
  get now() {
    const { index, session } = this.charts;
    const theme = dark() ? "dark" : "light";
    const run = `${session.run?.id}|${session.run?.take}`;
    if (index !== this.known || theme !== this.theme || run !== this.run) this.measure(index, theme, run);
    return this.found;
  }

  /** Counts what has been played since it last did; all of it when time has gone back, or in another run. */
  measure(index, theme, run) {
    const { arms, buffer } = this.charts.session;
    if (run !== this.run || index < this.known) Object.assign(this, { spread: new Spread(), known: -1 });
    for (const arm of arms) for (let i = this.known + 1; i <= index; i += 1) this.spread.add(buffer.row(arm, this.series.name, i));
    const scale = scaleTo(this.spread.most, this.spread.typical);
    Object.assign(this, { known: index, theme, run });
    const key = `${theme}|${scale.top}|${scale.root}|${run}`;
    if (this.found?.key !== key) this.found = { scale, colours: ramp(theme), key };
  }
}

const dark = () => (document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

export class Heat {
  /** @param {{title: string, series: import("./types.js").Series[]}} group @param {import("./charts.js").Charts} charts */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0], chosen: null });
    this.colours = new HeatColours(charts, this.series);
    this.strips = h("div", { class: "heat-strips" });
    this.legend = h("div", { class: "heat-legend" });
    this.readout = h("p", { class: "readout heat-readout" });
    this.hint = h("p", { class: "chart-hint" });
    this.table = new TableFold(group.title, () => heatTable(this.session, group, this.arms, charts.index));
    this.chooser = h("select", { class: "input small", id: uniqueId("heat-arm"), onchange: () => this.choose(this.chooser.value) });
    const label = h("label", { class: "heat-chooser", for: this.chooser.id }, h("span", { class: "visually-hidden" }, `Variants of ${group.title}`), this.chooser);
    this.element = h("article", { class: "chart card heat-card" }, h("header", {}, h("h3", {}, group.title, " ", h("span", { class: "unit" }, unitOf(this.series))), h("span", { class: "heat-tools" }, label, this.table.button)), this.legend, h("div", { class: "plot-box" }, this.strips, this.hint), this.readout, this.table.box);
  }

  /** On a narrow page with many arms one at a time, unless all are asked for. */
  get arms() {
    const { shownArms, selectedArm } = this.charts;
    if (this.chosen === ALL || (this.chosen === null && (shownArms.length <= MANY || !isNarrow()))) return shownArms;
    const one = this.chosen ?? selectedArm ?? this.session.firstShown;
    return shownArms.includes(one) ? [one] : shownArms.slice(-1);
  }

  choose(arm) {
    this.chosen = arm;
    this.rebuild();
  }

  rebuild() {
    const { shownArms } = this.charts;
    const { arms } = this;
    this.chooser.replaceChildren(h("option", { value: ALL }, "All variants"), ...shownArms.map((arm) => h("option", { value: arm }, this.session.armLabel(arm))));
    this.chooser.value = arms.length === shownArms.length ? ALL : arms[0];
    this.chooser.parentElement.hidden = shownArms.length < 2;
    this.canvases = arms.map((arm) => new HeatCanvas(this.charts, this.series, { arm, label: `${this.group.title}, ${this.session.armLabel(arm)}`, scale: () => this.colours.now, gutter: gutterFor(this.series.rows) }));
    this.strips.replaceChildren(...this.canvases.map((canvas) => h("figure", {}, h("figcaption", {}, swatch(this.session.armIndex(canvas.arm)), this.session.armLabel(canvas.arm)), canvas.element)));
    evenColumns(this.strips, arms.length, 280);
    this.redraw();
  }

  redraw() {
    this.shown = -2;
    for (const canvas of this.canvases ?? []) canvas.redraw();
    this.update();
  }

  update() {
    for (const canvas of this.canvases ?? []) canvas.update();
    const { index } = this.charts;
    if (index === this.shown) return;
    this.shown = index;
    setText(this.hint, this.charts.emptyWords(this.series));
    this.hint.hidden = !this.hint.textContent;
    this.showLegend();
    this.showReadout();
    this.table.fill();
  }

  point(t, cell) {
    this.cell = t === null ? null : cell;
    for (const canvas of this.canvases ?? []) canvas.update();
    this.showReadout();
  }

  showLegend() {
    const { scale, colours, key } = this.colours.now;
    if (key === this.legendKey) return;
    this.legendKey = key;
    const bar = h("canvas", { width: 256, height: 1, class: "heat-scale", "aria-hidden": "true" });
    const image = new ImageData(256, 1);
    for (let i = 0; i < 256; i += 1) image.data.set([...colours.slice(i * 3, i * 3 + 3), 255], i * 4);
    bar.getContext("2d").putImageData(image, 0, 0);
    const unit = unitOf(this.series);
    const numbers = ticks(scale).map(([, value]) => h("span", {}, unit === "%" ? `${number(value * 100, 2)}%` : number(value, 2)));
    const words = [scale.root ? "square-root scale" : "", "grey: not there"].filter(Boolean).join(", ");
    this.legend.replaceChildren(h("div", { class: "heat-key" }, bar, h("div", { class: "heat-ticks" }, numbers)), h("span", { class: "muted small" }, words));
  }

  /** The cell under the cursor, else the fullest row of each arm at the playhead. */
  showReadout() {
    const { buffer } = this.session;
    const { shownIndex: index } = this.charts;
    const at = h("span", { class: "at" }, index >= 0 ? clock(buffer.times[index] ?? 0) : "");
    const items = this.cell ? [this.cellWords(this.cell, index)] : this.arms.map((arm) => this.fullest(arm, index));
    this.readout.replaceChildren(at, ...items.filter(Boolean));
  }

  cellWords({ arm, row }, index) {
    const value = this.session.buffer.row(arm, this.series.name, index)?.[row] ?? null;
    return h("span", {}, swatch(this.session.armIndex(arm)), `${this.session.armLabel(arm)}, ${this.series.rows[row]}:`, h("b", {}, value === null ? "not there" : quantity(value, unitOf(this.series))));
  }

  fullest(arm, index) {
    const values = this.session.buffer.row(arm, this.series.name, index);
    if (!values) return null;
    const row = values.reduce((best, value, i) => (value !== null && (best < 0 || value > values[best]) ? i : best), -1);
    return row < 0 ? null : h("span", { title: "the highest row" }, swatch(this.session.armIndex(arm)), `${this.series.rows[row]}:`, h("b", {}, quantity(values[row], unitOf(this.series))));
  }
}

/** Room for the longest name of a row, within limits. */
const gutterFor = (rows) => Math.min(84, Math.max(40, 14 + 5.4 * Math.max(...rows.map((row) => row.length))));
