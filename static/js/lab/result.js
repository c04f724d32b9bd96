/** What happened: a sentence made from the numbers, and the metrics of all arms beside the theory. */
import { h } from "./dom.js";
import { quantity, unitOf } from "./format.js";
import { swatch } from "./palette.js";
import { bestArms } from "./prediction.js";
import { deviation, theoryOf } from "./theory.js";
import { intervalWords, witnessesCard } from "./witnesses.js";

export function mountResult(hosts, session, { compact = false } = {}) {
  let shown = null;
  const show = () => {
    const finished = session.player.ended ? session.buffer.finished : null;
    if (finished === shown) return;
    shown = finished;
    hosts.sentence.replaceChildren(...(finished ? [sentenceCard(session, finished, compact)] : []));
    hosts.metrics?.replaceChildren(...(finished ? [metricsCard(session, finished), witnessesCard(session, finished, session.arms.includes(selected) ? selected : session.firstShown)].filter(Boolean) : []));
  };
  let selected = null;
  document.addEventListener("armselected", ({ detail }) => (selected = detail));
  session.player.addEventListener("state", show);
  session.player.addEventListener("move", show);
  session.addEventListener("data", show);
  session.addEventListener("run", show);
}

function sentenceCard(session, finished, compact) {
  const requests = `${finished.requests.toLocaleString("en")} requests, seed ${session.run.seed}. Metrics leave out the first ${session.description.warm_up_s} s.`;
  return h("div", { class: compact ? "result compact" : "card result" }, compact ? null : h("h2", {}, "What happened"), h("p", { class: "sentence", role: "status" }, finished.sentence), h("p", { class: "muted small" }, requests));
}

function metricsCard(session, finished) {
  return h("div", { class: "card result" }, h("header", {}, h("h2", {}, "All variants, same traffic"), h("span", { class: "muted small" }, "◆ best of the row")), metricsTable(session, finished));
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
    return h("td", { class: `num ${isBest ? "best" : ""}` }, isBest && h("span", { class: "visually-hidden" }, "best: "), quantity(value, unitOf(metric), metric.digits), isBest && h("span", { class: "best-mark", "aria-hidden": "true" }, " ◆"), intervalWords(finished.intervals?.[arm]?.[metric.name], metric), theory(finished, arm, metric));
  });
  return h("tr", {}, h("th", { scope: "row" }, metric.label, h("span", { class: "metric-name mono" }, metric.name)), cells);
}

/** Theory's value and how far the measurement is off. What it assumes stands in the table of the witnesses. */
function theory(finished, arm, metric) {
  const line = theoryOf(finished, arm, metric.name);
  if (!line || line.value === null) return null;
  const known = line.deviation !== null && line.deviation !== undefined;
  const off = known ? deviation(line.measured, line.value, finished.intervals?.[arm]?.[metric.name]) : "";
  return h("span", { class: "under theory" }, `theory ${quantity(line.value, unitOf(metric), metric.digits)}${off ? ` (${off.replace(" %", "\u00a0%")})` : ""}`);
}
