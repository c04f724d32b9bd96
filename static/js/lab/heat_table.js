/** The numbers of a heat strip at the playhead: rows as they are declared, one column an arm. */
import { h } from "./dom.js";
import { clock, quantity, unitOf } from "./format.js";

export function heatTable(session, group, arms, index) {
  const [series] = group.series;
  const head = h("tr", {}, h("th", { scope: "col" }, "Row"), arms.map((arm) => h("th", { scope: "col", class: "num" }, session.armLabel(arm))));
  const values = arms.map((arm) => session.buffer.row(arm, series.name, index));
  const body = index < 0 ? [] : series.rows.slice(0, session.buffer.rowsUsed[series.name]).map((row, i) => h("tr", {}, h("th", { scope: "row" }, row), values.map((column) => h("td", { class: "num" }, quantity(column?.[i] ?? null, unitOf(series))))));
  const caption = index < 0 ? "Nothing has been played yet." : `${group.title} at the playhead, ${clock(session.buffer.times[index] ?? 0)}.`;
  return h("table", { class: "table" }, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, body));
}
