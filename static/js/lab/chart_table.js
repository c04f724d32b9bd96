/** A chart's numbers as a table: at the playhead, and at regular times before it. */
import { h } from "./dom.js";
import { clock, quantity, unitOf } from "./format.js";

const ROWS = 12;

/** The button that opens a chart's table, and the table: filled while it is open. */
export class TableFold {
  /** @param {string} title of the chart @param {function(): HTMLElement} table made anew */
  constructor(title, table) {
    this.table = table;
    this.box = h("div", { class: "table-box chart-table", hidden: true, tabindex: 0, role: "region", "aria-label": `Table: ${title}` });
    this.button = h("button", { type: "button", class: "btn small ghost", "aria-expanded": "false", onclick: () => this.toggle() }, "Table");
  }

  toggle() {
    this.box.hidden = !this.box.hidden;
    this.button.setAttribute("aria-expanded", String(!this.box.hidden));
    this.fill();
  }

  fill() {
    if (!this.box.hidden) this.box.replaceChildren(this.table());
  }
}

/** @param {number} index the bin at the playhead; later ones are not shown */
export function chartTable(session, group, arms, index) {
  const columns = group.series.flatMap((series) => arms.map((arm) => ({ series, arm })));
  const several = group.series.length > 1;
  const head = columns.map(({ series, arm }) => h("th", { scope: "col", class: "num" }, several ? `${session.armLabel(arm)}, ${series.label}` : session.armLabel(arm)));
  const body = rows(index, session.whole).map((i) => h("tr", { class: i === index && !session.whole ? "now" : null }, h("th", { scope: "row" }, clock(session.buffer.times[i] ?? 0)), columns.map(({ series, arm }) => h("td", { class: "num" }, cell(session, series, arm, i)))));
  const upTo = session.whole ? "" : " up to the playhead";
  const caption = index < 0 ? "Nothing has been played yet." : `${group.title}${upTo}, per bin of ${session.buffer.binS} s.${upTo && " The last row is the playhead."}`;
  return h("table", { class: "table" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Time"), head)), h("tbody", {}, body));
}

/** Of a run that plays some rows, so that they can be taken in; of one that is shown whole every bin. */
function rows(index, every) {
  if (index < 0) return [];
  const step = every ? 1 : Math.max(1, Math.ceil((index + 1) / ROWS));
  const chosen = [];
  for (let i = index; i >= 0; i -= step) chosen.unshift(i);
  return chosen;
}

function cell(session, series, arm, i) {
  const value = session.buffer.value(arm, series.name, i);
  if (series.kind === "state") return value === null ? "–" : (series.states[Math.round(value)] ?? String(value));
  return quantity(value, unitOf(series));
}
