/** A state series of all arms as a chart: bands, the words of the states, a table. */
import { BandCanvas } from "./band_canvas.js";
import { chartTable } from "./chart_table.js";
import { h, setText } from "./dom.js";
import { clock } from "./format.js";
import { mood } from "./picture_shapes.js";

export class Bands {
  /** @param {{title: string, series: import("./types.js").Series[]}} group @param {import("./charts.js").Charts} charts */
  constructor(group, charts) {
    Object.assign(this, { group, charts, session: charts.session, series: group.series[0], tableShown: false });
    this.canvas = new BandCanvas(charts, this.series, { arms: () => charts.shownArms, label: `${group.title}, one band per variant` });
    this.table = h("div", { class: "table-box chart-table", hidden: true, tabindex: 0, role: "region", "aria-label": `Table: ${group.title}` });
    this.tip = h("p", { class: "chart-tip" });
    this.button = h("button", { type: "button", class: "btn small ghost", "aria-expanded": "false", onclick: () => this.toggleTable() }, "Table");
    this.element = h("article", { class: "chart card bands-card" }, h("header", {}, h("h3", {}, group.title), stateLegend(this.series), this.button), h("div", { class: "plot-box" }, this.canvas.element, this.tip), this.table);
    this.canvas.element.addEventListener("mousemove", (event) => this.say(event));
  }

  rebuild() {
    this.redraw();
  }

  redraw() {
    this.canvas.redraw();
    this.update();
  }

  update() {
    this.canvas.update();
    if (this.tableShown && this.charts.index !== this.tabled) this.fillTable();
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

  toggleTable() {
    this.tableShown = !this.tableShown;
    this.button.setAttribute("aria-expanded", String(this.tableShown));
    this.table.hidden = !this.tableShown;
    this.fillTable();
  }

  fillTable() {
    this.tabled = this.charts.index;
    this.table.replaceChildren(chartTable(this.session, this.group, this.charts.shownArms, this.charts.index));
  }
}

/** The words of the states, each with the look of its band. */
export function stateLegend(series) {
  return h("span", { class: "band-legend" }, series.states.map((state) => h("span", { class: `state ${mood({ statuses: series.states }, state)}` }, state)));
}
