/** What happened: a sentence made from the numbers, and the metrics of all arms beside the theory. */
import { h } from "./dom.js";
import { number, quantity } from "./format.js";
import { swatch } from "./palette.js";
import { bestArms } from "./prediction.js";

export function mountResult(host, session, { compact = false } = {}) {
  let shown = null;
  const show = () => {
    const finished = session.player.ended ? session.buffer.finished : null;
    if (finished === shown) return;
    shown = finished;
    host.replaceChildren(...(finished ? [card(session, finished, compact)] : []));
  };
  session.player.addEventListener("state", show);
  session.player.addEventListener("move", show);
  session.addEventListener("data", show);
  session.addEventListener("run", show);
}

function card(session, finished, compact) {
  const requests = h("p", { class: "muted small" }, `${finished.requests.toLocaleString("en")} requests, seed ${session.run.seed}. Metrics leave out the first ${session.description.warm_up_s} s.`);
  return h("div", { class: compact ? "result compact" : "card result" }, compact ? null : h("h2", {}, "What happened"), h("p", { class: "sentence", role: "status" }, finished.sentence), compact ? null : metricsTable(session, finished), requests);
}

function metricsTable(session, finished) {
  const { description, arms } = session;
  const head = h("tr", {}, h("th", { scope: "col" }, "Metric"), arms.map((arm) => h("th", { scope: "col", class: "num" }, swatch(session.armIndex(arm)), " ", session.armLabel(arm))));
  const rows = description.metrics.map((metric) => metricRow(session, finished, metric));
  return h("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": "Metrics of all variants" }, h("table", { class: "table metrics" }, h("thead", {}, head), h("tbody", {}, rows)));
}

function metricRow(session, finished, metric) {
  const best = bestArms(session.description, metric.name, finished.metrics);
  const tied = best.length === session.arms.length;
  const cells = session.arms.map((arm) => {
    const value = finished.metrics[arm]?.[metric.name] ?? null;
    const isBest = !tied && best.includes(arm);
    return h("td", { class: `num ${isBest ? "best" : ""}` }, isBest && h("span", { class: "visually-hidden" }, "best: "), quantity(value, metric.unit, metric.digits), isBest && h("span", { class: "best-mark", "aria-hidden": "true" }, " ◆"), interval(finished, arm, metric), theory(finished, arm, metric));
  });
  return h("tr", {}, h("th", { scope: "row" }, metric.label, h("span", { class: "metric-name mono" }, metric.name)), cells);
}

function interval(finished, arm, metric) {
  const found = finished.intervals?.[arm]?.[metric.name];
  return found ? h("span", { class: "under" }, `${number(found[0])} to ${number(found[1])}`) : null;
}

/** Theory's value and how far the measurement is off; its assumptions open on demand. */
function theory(finished, arm, metric) {
  const line = (finished.theory[arm] ?? []).find((prediction) => prediction.metric === metric.name);
  if (!line) return null;
  const off = line.deviation === null || line.deviation === undefined ? "" : ` (${line.deviation > 0 ? "+" : ""}${number(line.deviation * 100, 2)} %)`;
  const text = line.value === null ? "no theory here" : `theory ${quantity(line.value, metric.unit, metric.digits)}${off}`;
  return h("details", { class: "theory" }, h("summary", {}, text), h("p", {}, line.why_not ? `${line.why_not}. ` : "", `Assumes ${line.assumes}. Source: ${line.source}`));
}
