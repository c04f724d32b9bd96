/** Three witnesses side by side: the simulated run, the live one, and theory with what it assumes or why it keeps silent. */
import { h, uniqueId } from "./dom.js";
import { number, quantity, unitOf } from "./format.js";
import { icon } from "./icons.js";
import { deviation, theoryOf } from "./theory.js";

const FEW_DRAWS = 20;

/**
 * @param {import("./session.js").Session} session @param {import("./types.js").Finished} finished
 * @param {string} first the arm shown first
 * @returns {HTMLElement|null} nothing where there is but one witness
 */
export function witnessesCard(session, finished, first) {
  const live = session.isLive;
  const speaks = session.arms.some((arm) => finished.theory[arm]?.length);
  const couldBeLive = session.description.worlds.includes("live");
  if (!speaks && !live && !couldBeLive) return null;
  const box = h("div", { class: "table-box", tabindex: 0, role: "region", "aria-label": "Simulated, live and theory" });
  const show = (arm) => box.replaceChildren(witnessTable(session, finished, arm));
  show(first);
  const lead = live ? "The same traffic, seed and settings, once in virtual time and once on real processes and sockets." : "What the run measured beside what closed forms say of it.";
  return h("div", { class: "card result witnesses" }, h("header", {}, h("h2", {}, live ? "Three witnesses" : "Beside the theory"), armChooser(session, show, first)), h("p", { class: "muted small" }, lead), box, couldBeLive && !live ? runItLive(session) : null);
}

function armChooser(session, show, first) {
  if (session.arms.length < 2) return null;
  const id = uniqueId("witness-arm");
  const select = h("select", { class: "input small", id, onchange: () => show(select.value) }, session.arms.map((arm) => h("option", { value: arm, selected: arm === first }, session.armLabel(arm))));
  return h("label", { class: "witness-arm", for: id }, h("span", { class: "visually-hidden" }, "Variant"), select);
}

function witnessTable(session, finished, arm) {
  const live = session.isLive;
  const columns = live ? ["Simulated", "Live", "Live to simulated", "Theory", "Simulated to theory"] : ["Simulated", "Theory", "Simulated to theory"];
  const heading = (text, properties = {}) => h("th", { scope: "col", role: "columnheader", ...properties }, text);
  const head = h("tr", { role: "row" }, heading("Metric"), columns.map((text) => heading(text, { class: "num" })), heading("What theory assumes, or why it is silent"));
  const rows = session.description.metrics.map((metric) => witnessRow(session, finished, arm, metric)).filter(Boolean);
  const caption = h("caption", { class: "visually-hidden" }, `Witnesses of ${session.armLabel(arm)}`);
  const body = rows.length ? rows : [h("tr", { role: "row" }, h("td", { role: "cell", colspan: columns.length + 2 }, "No closed form is known for this variant."))];
  return h("table", { class: "table witness-table", role: "table" }, caption, h("thead", { role: "rowgroup" }, head), h("tbody", { role: "rowgroup" }, body));
}

function witnessRow(session, finished, arm, metric) {
  const line = theoryOf(finished, arm, metric.name);
  const live = session.isLive;
  if (!line && !live) return null;
  const measured = finished.metrics[arm]?.[metric.name] ?? null;
  const simulated = live ? (finished.simulated?.[arm]?.[metric.name] ?? null) : measured;
  const interval = finished.intervals?.[arm]?.[metric.name];
  const said = (value) => quantity(value, unitOf(metric), metric.digits);
  const cell = (label, ...children) => h("td", { class: "num", role: "cell", "data-label": label }, children);
  const ofSimulated = cell("Simulated", said(simulated), live ? null : intervalWords(interval, metric));
  const ofLive = live ? [cell("Live", said(measured), intervalWords(interval, metric)), cell("Live to simulated", deviation(measured, simulated, interval))] : [];
  const ofTheory = [cell("Theory", line?.value === null || !line ? "–" : said(line.value)), cell("Simulated to theory", offTheory(line, simulated, live ? undefined : interval))];
  const name = h("th", { scope: "row", role: "rowheader" }, metric.label, h("span", { class: "metric-name mono" }, metric.name));
  return h("tr", { role: "row" }, name, ofSimulated, ofLive, ofTheory, h("td", { class: "assumes", role: "cell" }, wordsOf(line)));
}

/** Nothing in per cent where theory speaks of many draws and the run shows a few: that would be luck. */
function offTheory(line, value, interval) {
  if (!line || line.value === null || value === null) return "";
  if (Number.isFinite(line.draws ?? NaN) && line.draws < FEW_DRAWS && !interval) return line.draws < 1.5 ? "one draw: too few to tell" : `about ${number(line.draws, 2)} draws: too few to tell`;
  return deviation(value, line.value, interval);
}

function wordsOf(line) {
  if (!line) return h("span", { class: "muted" }, "no closed form is known");
  if (line.value === null) return [h("b", {}, "Silent: "), line.why_not || line.assumes];
  return [`Assumes ${line.assumes}. `, line.source ? h("span", { class: "muted" }, `Source: ${line.source}`) : null];
}

/** The 95 % interval in the metric's own unit. */
export function intervalWords(interval, metric) {
  if (!interval) return null;
  const [low, high] = interval.map((value) => quantity(value, unitOf(metric), metric.digits));
  return h("span", { class: "under" }, `${low} to ${high}`);
}

/** The same run again on real processes. The server says in words what of it is too much for them. */
function runItLive(session) {
  const refused = h("p", { class: "error", role: "alert" });
  const changed = session.run.changes.length ? " Changes of the ledger are left out." : "";
  const press = async () => {
    const hear = ({ detail }) => (refused.textContent = detail.text);
    session.addEventListener("problem", hear);
    await session.again("live");
    session.removeEventListener("problem", hear);
  };
  const button = h("button", { type: "button", class: "btn small", onclick: press }, icon("play"), "Run the same live");
  return h("div", { class: "run-live" }, button, h("p", { class: "muted small" }, `Same settings and seed on real processes and sockets. It takes ${number(session.run.duration_s)} s, as long as it says.${changed}`), refused);
}
