/** One chart of the overlay: all arms for one series, with their values at the cursor, theory's words and a table. */
import { chartTable, TableFold } from "./chart_table.js";
import { flagsNear } from "./chart_marks.js";
import { h, setText, uniqueId } from "./dom.js";
import { clock, quantity, unitOf } from "./format.js";
import { armLook, swatch } from "./palette.js";
import { Plot } from "./plot.js";
import { silences } from "./theory.js";

export class Chart {
  /**
   * @param {{title: string, series: import("./types.js").Series[]}} group
   * @param {import("./charts.js").Charts} charts the shared view: x range, cursor, hidden arms, seek
   */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0] });
    this.plot = new Plot(charts, { lines: () => this.lines(), theory: () => this.theory(), arms: () => charts.shownArms, height: charts.compact ? 150 : 200 });
    this.readout = h("div", { class: "readout" });
    this.tip = h("p", { class: "chart-tip" });
    this.assumes = h("p", { class: "chart-theory" });
    this.table = new TableFold(group.title, () => chartTable(this.session, group, charts.shownArms, charts.index));
    this.hint = h("p", { class: "chart-hint" });
    this.element = h("article", { class: "chart card" }, this.header(), h("div", { class: "plot-box" }, this.plot.element, this.hint, this.tip), this.readout, this.assumes, this.table.box);
  }

  header() {
    this.unit = h("span", { class: "unit" });
    return h("header", {}, h("h3", {}, this.group.title, " ", this.unit), this.group.series.length > 1 && this.picker(), this.table.button);
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

  lines() {
    const { charts, session, series } = this;
    return charts.shownArms.map((arm) => ({ arm, series, ...armLook(session.armIndex(arm)), width: arm === charts.selectedArm ? 2.75 : 1.75 }));
  }

  rebuild() {
    setText(this.unit, this.unitText);
    this.plot.rebuild();
    this.show();
  }

  update() {
    if (this.plot.update()) this.show();
  }

  redraw() {
    this.plot.redraw();
    this.show();
  }

  show() {
    setText(this.hint, this.charts.emptyWords(this.series));
    this.hint.hidden = !this.hint.textContent;
    this.showReadout();
    this.table.fill();
  }

  point(t) {
    this.plot.point(t);
    this.showReadout();
  }

  /** Theory lines of the metrics that bear this series' name. */
  theory() {
    const { finished } = this.session.buffer;
    if (!finished || !this.session.player.ended) return [];
    return this.charts.shownArms.flatMap((arm) => (finished.theory[arm] ?? []).filter(({ metric, value }) => metric === this.series.name && value !== null).map((line) => ({ arm, line })));
  }

  /** Values of all arms at the cursor, else at the playhead; a flag's words when the cursor is near it. */
  showReadout() {
    const { buffer } = this.session;
    const { shownIndex: index, selectedArm } = this.charts;
    const items = this.charts.shownArms.map((arm) => h("span", { class: arm === selectedArm ? "chosen" : null }, swatch(this.session.armIndex(arm)), h("b", {}, quantity(buffer.value(arm, this.series.name, index), this.unitText))));
    this.readout.replaceChildren(h("span", { class: "at" }, index >= 0 ? clock(buffer.times[index] ?? 0) : ""), ...items);
    setText(this.tip, this.plot.element.matches(":hover") ? flagsNear(this.charts, this.plot.plot) : "");
    setText(this.assumes, this.theoryWords());
  }

  theoryWords() {
    const line = this.theory()[0]?.line;
    if (line) return `Dashed: theory, ${quantity(line.value, this.unitText)}. Assumes ${line.assumes}. Source: ${line.source}`;
    const { finished } = this.session.buffer;
    if (!finished || !this.session.player.ended) return "";
    const reasons = silences(finished, this.charts.shownArms, this.series.name);
    return reasons.length ? `No theory line: ${reasons[0].why}.` : "";
  }

  close() {
    this.plot.close();
  }
}
