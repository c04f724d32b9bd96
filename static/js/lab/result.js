/** What happened: a sentence made from the numbers, and the metrics of all arms beside the theory. */
import { h } from "./dom.js";
import { number, quantity, unitOf } from "./format.js";
import { swatch } from "./palette.js";
import { bestArms } from "./prediction.js";
import { silences } from "./theory.js";

export function mountResult(hosts, session, { compact = false } = {}) {
  let shown = null;
  const show = () => {
    const finished = session.player.ended ? session.buffer.finished : null;
    if (finished === shown) return;
    shown = finished;
    hosts.sentence.replaceChildren(...(finished ? [sentenceCard(session, finished, compact)] : []));
    hosts.metrics?.replaceChildren(...(finished ? [metricsCard(session, finished)] : []));
  };
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
  const silent = silences(finished, session.arms).map(({ metric, why }) => `${session.description.metrics.find(({ name }) => name === metric)?.label ?? metric}: ${why}.`);
  const why = silent.length ? h("details", { class: "silent" }, h("summary", {}, "Where theory has nothing to say"), h("ul", {}, silent.map((text) => h("li", {}, text)))) : null;
  return h("div", { class: "card result" }, h("header", {}, h("h2", {}, "All variants, same traffic"), h("span", { class: "muted small" }, "◆ best of the row")), metricsTable(session, finished), why);
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
    return h("td", { class: `num ${isBest ? "best" : ""}` }, isBest && h("span", { class: "visually-hidden" }, "best: "), quantity(value, unitOf(metric), metric.digits), isBest && h("span", { class: "best-mark", "aria-hidden": "true" }, " ◆"), interval(finished, arm, metric), theory(finished, arm, metric));
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
  if (!line || line.value === null) return null;
  const off = line.deviation === null || line.deviation === undefined ? "" : ` (${line.deviation > 0 ? "+" : ""}${number(line.deviation * 100, 2)} %)`;
  const text = `theory ${quantity(line.value, unitOf(metric), metric.digits)}${off}`;
  return h("details", { class: "theory" }, h("summary", {}, text), h("p", {}, `Assumes ${line.assumes}. Source: ${line.source}`));
}
