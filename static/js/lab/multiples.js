/** Small multiples: each arm has small charts of its own, all under the same scales. On a phone the first few, until all are asked for. */
import { BandCanvas } from "./band_canvas.js";
import { h, s, setText } from "./dom.js";
import { evenColumns } from "./even_columns.js";
import { clock, quantity, unitOf } from "./format.js";
import { HeatColours } from "./heat.js";
import { HeatCanvas } from "./heat_canvas.js";
import { isNarrow, Onscreen } from "./onscreen.js";
import { armLook, swatch } from "./palette.js";
import { Plot } from "./plot.js";

const HEIGHT = 104;
const FEW = 4;
const DASHES = [[], [5, 3], [2, 3], [8, 3, 2, 3]];
const WIDTHS = [1.9, 1.5, 1.5, 1.5];

export class Multiples {
  /** @param {{title: string, series: import("./types.js").Series[]}[]} groups @param {import("./charts.js").Charts} charts */
  constructor(groups, charts) {
    Object.assign(this, { groups, charts, session: charts.session });
    this.colours = new Map(groups.filter(({ series }) => series[0].kind === "heat").map(({ series }) => [series[0].name, new HeatColours(charts, series[0])]));
    this.extents = new Map();
    this.few = isNarrow() && groups.length > FEW;
    this.grid = h("div", { class: "multiples" });
    this.more = h("button", { type: "button", class: "btn small", hidden: !this.few, onclick: () => this.showAll() }, `All ${groups.length} charts of each variant`);
    this.element = h("div", { class: "multiples-box" }, this.grid, this.more);
    this.onscreen = new Onscreen((element) => this.redrawCard(this.cards.find((card) => card.element === element)));
  }

  close() {
    for (const { parts } of this.cards ?? []) for (const { canvas } of parts) canvas.close?.();
  }

  rebuild() {
    this.close();
    this.cards = this.charts.shownArms.map((arm) => this.card(arm));
    this.grid.replaceChildren(...this.cards.map(({ element }) => element));
    evenColumns(this.grid, this.cards.length, 215, 2);
    this.onscreen.watch(this.cards.map(({ element }) => element));
    for (const { parts } of this.cards) for (const { canvas } of parts) canvas.rebuild?.();
    this.update();
  }

  showAll() {
    this.few = false;
    this.more.hidden = true;
    this.rebuild();
    this.grid.scrollIntoView({ block: "start" });
  }

  card(arm) {
    const { session } = this;
    const declared = session.description.arms.find(({ name }) => name === arm);
    const parts = (this.few ? this.groups.slice(0, FEW) : this.groups).map((group) => this.part(group, arm));
    const choose = h("button", { type: "button", class: "multiple-name", title: "Show in the picture", onclick: () => document.dispatchEvent(new CustomEvent("armwanted", { detail: arm })) }, swatch(session.armIndex(arm)), session.armLabel(arm));
    const head = h("header", {}, h("h3", {}, choose), h("p", { class: "multiple-rule" }, declared?.rule ?? ""));
    const element = h("article", { class: "card multiple" }, head, parts.map(({ element: one }) => one));
    element.style.gridRow = `span ${parts.length + 1}`; // rows of cards side by side are as high as each other
    return { arm, element, parts };
  }

  part(group, arm) {
    const values = group.series.map(() => h("span", {}));
    const canvas = this.canvas(group, arm);
    const several = values.length > 1;
    const said = h("span", { class: "multiple-values" }, values.map((value, i) => h("span", {}, several && dashKey(i), value)));
    const head = h("p", { class: `multiple-title${several ? " several" : ""}` }, h("span", {}, group.title), said);
    return { group, arm, values, canvas, element: h("div", { class: "multiple-chart" }, head, canvas.element) };
  }

  canvas(group, arm) {
    const [first] = group.series;
    const label = `${group.title}, ${this.session.armLabel(arm)}`;
    if (first.kind === "state") return new BandCanvas(this.charts, first, { arms: () => [arm], label, gutter: 40, right: 8, named: false });
    if (first.kind === "heat") return new HeatCanvas(this.charts, first, { arm, label, scale: () => this.colours.get(first.name).now, gutter: 40, right: 8 });
    const look = armLook(this.session.armIndex(arm));
    const lines = group.series.map((series, i) => ({ arm, series, ...look, dash: DASHES[i % DASHES.length], width: WIDTHS[i % WIDTHS.length] }));
    return new Plot(this.charts, { lines: () => lines, extent: () => this.extent(group), arms: () => [arm], height: HEIGHT, small: true });
  }

  /** The least and the most of a chart over all arms shown, up to the playhead: what makes the scales the same. */
  extent(group) {
    const { index, shownArms } = this.charts;
    const key = `${index}|${shownArms.join()}|${this.session.run?.take}`;
    const known = this.extents.get(group);
    if (known?.key === key) return known.extent;
    const extent = [0, 0];
    for (const arm of shownArms) {
      for (const { name } of group.series) {
        for (const value of this.session.buffer.arms.get(arm).values[name].slice(0, index + 1)) {
          if (value < extent[0]) extent[0] = value;
          if (value > extent[1]) extent[1] = value;
        }
      }
    }
    this.extents.set(group, { key, extent });
    return extent;
  }

  redraw() {
    this.extents.clear();
    for (const card of this.cards ?? []) this.redrawCard(card);
    this.showValues();
  }

  redrawCard({ parts }) {
    for (const { canvas } of parts) (canvas.redraw ?? canvas.update).call(canvas);
  }

  update() {
    const all = !this.session.player.playing;
    for (const { element, parts } of this.cards ?? []) if (all || this.onscreen.has(element)) for (const { canvas } of parts) canvas.update();
    this.showValues();
  }

  point(t) {
    for (const { parts } of this.cards ?? []) for (const { canvas } of parts) (canvas.point ? canvas.point(t) : canvas.update());
    this.showValues();
  }

  /** The numbers at the cursor, else at the playhead. */
  showValues() {
    const { shownIndex: index } = this.charts;
    if (index === this.valuesAt && this.valuesOf === this.cards) return;
    Object.assign(this, { valuesAt: index, valuesOf: this.cards });
    for (const { arm, parts } of this.cards ?? []) for (const { group, values } of parts) group.series.forEach((series, i) => setText(values[i], this.words(series, arm, index, values.length > 1)));
  }

  /** Of one of several lines in a chart its name is said too. */
  words(series, arm, index, named) {
    const text = index < 0 ? unitOf(series) : this.said(series, arm, index);
    return named ? `${series.label} ${text}` : text;
  }

  said(series, arm, index) {
    const { buffer } = this.session;
    if (series.kind === "heat") return clock(buffer.times[index] ?? 0);
    const value = buffer.value(arm, series.name, index);
    if (series.kind === "state") return value === null ? "–" : (series.states[Math.round(value)] ?? String(value));
    return quantity(value, unitOf(series));
  }
}

/** Which of a chart's lines is meant: they have one colour, and a dash each. */
function dashKey(i) {
  const line = s("path", { d: "M0 4h24", fill: "none", stroke: "currentColor", "stroke-width": WIDTHS[i % WIDTHS.length], "stroke-dasharray": DASHES[i % DASHES.length].join(" ") || null });
  return s("svg", { class: "dash-key", viewBox: "0 0 24 8", width: 24, height: 8, "aria-hidden": "true" }, line);
}
