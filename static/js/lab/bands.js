/** A state series of all arms as a chart: bands, the words of the states, a table. */
import { BandCanvas } from "./band_canvas.js";
import { chartTable, TableFold } from "./chart_table.js";
import { h, setText } from "./dom.js";
import { clock } from "./format.js";
import { mood } from "./picture_shapes.js";

export class Bands {
  /** @param {{title: string, series: import("./types.js").Series[]}} group @param {import("./charts.js").Charts} charts */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0] });
    this.canvas = new BandCanvas(charts, this.series, { arms: () => charts.shownArms, label: `${group.title}, one band per variant` });
    this.table = new TableFold(group.title, () => chartTable(this.session, group, charts.shownArms, charts.index));
    this.tip = h("p", { class: "chart-tip" });
    this.element = h("article", { class: "chart card bands-card" }, h("header", {}, h("h3", {}, group.title), stateLegend(this.series), this.table.button), h("div", { class: "plot-box" }, this.canvas.element, this.tip), this.table.box);
    this.canvas.element.addEventListener("mousemove", (event) => this.say(event));
  }

  rebuild() {
    this.redraw();
  }

  redraw() {
    this.tabled = -2;
    this.canvas.redraw();
    this.update();
  }

  update() {
    this.canvas.update();
    if (this.charts.index === this.tabled) return;
    this.tabled = this.charts.index;
    this.table.fill();
  }

  point(t) {
    this.canvas.update();
    if (t === null) setText(this.tip, "");
  }

  say(event) {
    const arm = this.canvas.armAt(event.offsetY);
    const { shownIndex: index, cursorT } = this.charts;
    const value = arm === undefined || cursorT === null ? null : this.session.buffer.value(arm, this.series.name, index);
    setText(this.tip, value === null ? "" : `${clock(cursorT)} ${this.session.armLabel(arm)}: ${this.series.states[Math.round(value)] ?? value}`);
  }
}

/** The words of the states, each with the look of its band. */
function stateLegend(series) {
  return h("span", { class: "band-legend" }, series.states.map((state) => h("span", { class: `state ${mood({ statuses: series.states }, state)}` }, state)));
}
