/** All charts of a lab: one per group of series, with one x range, one cursor and one set of arms. */
import { Bands } from "./bands.js";
import { Chart } from "./chart.js";
import { h, uniqueId } from "./dom.js";
import { changeText } from "./format.js";
import { armLook, swatch } from "./palette.js";

export class Charts {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session, { compact = false, only = null } = {}) {
    Object.assign(this, { host, session, compact, selectedArm: null, view: null });
    this.hidden = new Set();
    this.syncKey = uniqueId("charts");
    this.legend = h("div", { class: "chart-legend", role: "group", "aria-label": "Variants drawn" });
    this.charts = groups(session.description.series).filter((_, i) => only === null || i < only).map((group) => (group.series[0].kind === "state" ? new Bands(group, this) : new Chart(group, this)));
    host.replaceChildren(h("div", { class: "charts-head" }, !compact && h("h2", {}, "Charts"), this.legend, this.resetZoom()), h("div", { class: "charts-grid" }, this.charts.map(({ element }) => element)));
    this.listen();
    this.build();
  }

  listen() {
    const { session } = this;
    const update = () => this.updateSoon();
    session.addEventListener("run", () => this.buildIfChanged());
    session.addEventListener("draft", () => this.buildIfChanged());
    session.addEventListener("data", () => this.dataArrived());
    session.player.addEventListener("move", update);
    session.player.addEventListener("state", update);
    document.addEventListener("themechange", () => this.build());
    document.addEventListener("armselected", ({ detail }) => {
      this.selectedArm = detail;
      this.build();
    });
  }

  get range() {
    return this.view ?? [0, this.session.durationS];
  }

  resetZoom() {
    this.zoomButton = h("button", { type: "button", class: "btn small ghost", hidden: true, onclick: () => this.zoom(null) }, "Whole run");
    return this.zoomButton;
  }

  zoom(range) {
    this.view = range;
    this.zoomButton.hidden = range === null;
    for (const chart of this.charts) chart.redraw();
  }

  buildIfChanged() {
    const key = `${this.session.arms.join()}|${this.session.durationS}|${this.session.run?.id}`;
    if (key !== this.builtKey) this.build();
    else if (this.session.run?.changes.length !== this.ledgerLength) this.dataArrived();
  }

  build() {
    const { session } = this;
    this.builtKey = `${session.arms.join()}|${session.durationS}|${session.run?.id}`;
    this.view = null;
    this.zoomButton.hidden = true;
    this.legend.replaceChildren(...session.arms.map((arm) => this.legendButton(arm)));
    for (const chart of this.charts) chart.rebuild();
  }

  legendButton(arm) {
    const { session, hidden } = this;
    return h("button", { type: "button", "aria-pressed": String(!hidden.has(arm)), title: "Show or hide in the charts", onclick: () => this.toggle(arm) }, swatch(session.armIndex(arm)), session.armLabel(arm));
  }

  toggle(arm) {
    if (this.hidden.has(arm)) this.hidden.delete(arm);
    else if (this.hidden.size < this.session.arms.length - 1) this.hidden.add(arm);
    const focused = [...this.legend.children].indexOf(document.activeElement);
    this.build();
    this.legend.children[focused]?.focus();
  }

  dataArrived() {
    this.ledgerLength = this.session.run?.changes.length;
    this.fresh = true;
    this.updateSoon();
  }

  updateSoon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      for (const chart of this.charts) {
        if (this.fresh && this.session.player.ended) chart.redraw();
        else chart.update();
      }
      if (this.session.player.ended !== this.wasEnded) for (const chart of this.charts) chart.redraw();
      this.wasEnded = this.session.player.ended;
      this.fresh = false;
    });
  }

  /** Flags up to the playhead: marks of the arms shown, faults and rows of the ledger. */
  visibleMarks() {
    const { session } = this;
    const until = session.player.playhead + 1e-6;
    const rows = (session.run?.changes ?? []).filter(({ t_s }) => t_s <= until).map((row) => ({ t: row.t_s, kind: "change", text: changeText(session.description, row), variable: "--signal" }));
    const marks = session.buffer.marks.filter(({ t, arm, kind }) => t <= until && kind !== "change" && !this.hidden.has(arm)).map(({ t, arm, kind, text }) => ({ t, kind, text: arm ? `${session.armLabel(arm)}: ${text}` : text, variable: arm ? armLook(session.armIndex(arm)).variable : "--ink-2" }));
    return [...marks.slice(-120), ...rows];
  }
}

/** Series by chart, in the order of the declaration; a state series gets a band of its own. */
export function groups(series) {
  const found = new Map();
  for (const one of series) {
    const key = one.kind === "state" ? `${one.chart}|${one.name}` : one.chart;
    const title = one.kind === "state" ? one.label : one.chart;
    if (!found.has(key)) found.set(key, { title: title.charAt(0).toUpperCase() + title.slice(1), series: [] });
    found.get(key).series.push(one);
  }
  return [...found.values()];
}
