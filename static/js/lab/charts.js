/** All charts of a lab: one x range, one cursor and one set of arms. Overlaid, one chart a group of series; or small multiples. */
import { Bands } from "./bands.js";
import { Chart } from "./chart.js";
import { h, uniqueId } from "./dom.js";
import { changeText } from "./format.js";
import { Heat } from "./heat.js";
import { Multiples } from "./multiples.js";
import { Onscreen } from "./onscreen.js";
import { armLook, swatch } from "./palette.js";

const LAYOUTS = [["overlay", "Overlaid"], ["multiples", "One each"]];

export class Charts {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session, { compact = false, only = null, titled = !compact } = {}) {
    Object.assign(this, { host, session, compact, selectedArm: null, view: null, cursorT: null });
    this.hidden = new Set();
    this.onscreen = new Onscreen((element) => this.charts.find((chart) => chart.element === element)?.redraw());
    this.groups = groups(session.description.series).filter((_, i) => only === null || i < only);
    this.layout = compact ? "overlay" : (session.description.layout ?? "overlay");
    this.legend = h("div", { class: "chart-legend", role: "group", "aria-label": "Variants drawn" });
    this.grid = h("div", { class: "charts-grid" });
    host.replaceChildren(h("div", { class: "charts-head" }, titled && h("h2", {}, "Charts"), !compact && this.layoutSwitch(), this.legend, this.resetZoom()), this.grid);
    this.listen();
    this.choose(this.layout);
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

  /** "overlay" or "multiples". */
  choose(layout) {
    this.layout = layout;
    for (const chart of this.charts ?? []) chart.close?.();
    this.charts = layout === "multiples" ? [new Multiples(this.groups, this)] : this.groups.map((group) => this.chart(group));
    this.grid.replaceChildren(...this.charts.map(({ element }) => element));
    this.grid.classList.toggle("whole", layout === "multiples");
    this.onscreen.watch(this.charts.map(({ element }) => element));
    this.build();
  }

  chart(group) {
    const kinds = { state: Bands, heat: Heat };
    return new (kinds[group.series[0].kind] ?? Chart)(group, this);
  }

  layoutSwitch() {
    const name = uniqueId("charts-layout");
    const radio = ([value, label]) => h("label", {}, h("input", { type: "radio", name, value, checked: value === this.layout, onchange: () => this.choose(value) }), label);
    this.layouts = h("fieldset", { class: "segmented" }, h("legend", { class: "visually-hidden" }, "How the variants are drawn"), LAYOUTS.map(radio));
    return this.layouts;
  }

  get range() {
    return this.view ?? [0, this.session.durationS];
  }

  get shownArms() {
    return this.session.arms.filter((arm) => !this.hidden.has(arm));
  }

  /** The bin at the playhead: nothing after it is shown. */
  get index() {
    return this.session.buffer.indexAt(this.session.player.playhead);
  }

  /** The bin whose numbers are read out: the one under the cursor, else the one at the playhead. */
  get shownIndex() {
    if (this.cursorT === null) return this.index;
    const { binS } = this.session.buffer;
    return Math.min(this.index, Math.max(0, Math.ceil(this.cursorT / binS) - 1));
  }

  /** The cursor is over time `t` of some chart (null: of none); all others show it too. `cell`: of a heat strip. */
  point(t, cell = null) {
    const [low, high] = this.range;
    this.cursorT = t === null ? null : Math.min(high, Math.max(low, t));
    this.cell = cell;
    this.pointing ??= requestAnimationFrame(() => {
      this.pointing = null;
      for (const chart of this.charts) chart.point(this.cursorT, this.cell);
    });
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
    if (this.layouts) this.layouts.hidden = session.arms.length < 2;
    this.legend.hidden = session.arms.length < 2;
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
      const ended = this.session.player.ended;
      const whole = (this.fresh && ended) || ended !== this.wasEnded;
      const all = whole || !this.session.player.playing; // while it plays, only those in sight
      for (const chart of this.charts) if (all || this.onscreen.has(chart.element)) (whole ? chart.redraw : chart.update).call(chart);
      this.wasEnded = ended;
      this.fresh = false;
    });
  }

  /** Why the chart of a series is empty, in words; no words when it is not. */
  emptyWords({ name, kind }) {
    const { index, session } = this;
    if (index < 0) return "Run to draw this";
    const known = (value) => value !== null && value !== undefined;
    const any = kind === "heat" ? (row) => row?.some(known) : known;
    const from = (arm) => session.buffer.arms.get(arm)[kind === "heat" ? "rows" : "values"][name];
    if (this.shownArms.some((arm) => from(arm).slice(0, index + 1).some(any))) return "";
    return session.player.ended ? "Nothing to draw: these variants have no values for it." : "Nothing to draw yet.";
  }

  /** Flags up to the playhead: marks of the arms shown, faults and rows of the ledger. */
  visibleMarks(arms = this.shownArms) {
    const { session } = this;
    const until = session.player.playhead + 1e-6;
    const rows = (session.run?.changes ?? []).filter(({ t_s }) => t_s <= until).map((row) => ({ t: row.t_s, kind: "change", text: changeText(session.description, row), variable: "--signal" }));
    const marks = session.buffer.marks.filter(({ t, arm, kind }) => t <= until && kind !== "change" && (!arm || arms.includes(arm))).map(({ t, arm, kind, text }) => ({ t, kind, text: arm ? `${session.armLabel(arm)}: ${text}` : text, variable: arm ? armLook(session.armIndex(arm)).variable : "--ink-2" }));
    return [...marks.slice(-120), ...rows];
  }
}

/** Series by chart, in the order of the declaration; a state or heat series gets a chart of its own. */
export function groups(series) {
  const found = new Map();
  for (const one of series) {
    const alone = one.kind === "state" || one.kind === "heat";
    const key = alone ? `${one.chart}|${one.name}` : one.chart;
    const title = alone ? one.label : one.chart;
    if (!found.has(key)) found.set(key, { title: title.charAt(0).toUpperCase() + title.slice(1), series: [] });
    found.get(key).series.push(one);
  }
  return [...found.values()];
}
