/** Goals that tick off by themselves when the playhead passes the instant at which they were met. */
import { get } from "./api.js";
import { h } from "./dom.js";
import { clock } from "./format.js";
import { icon } from "./icons.js";

export function mountGoals(host, session, scenarioGoals = []) {
  const goals = [...scenarioGoals, ...session.description.goals];
  if (!goals.length) return;
  const spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
  const items = new Map(goals.map((goal) => [goal.id, h("li", {}, h("span", { class: "tick" }, icon("check")), h("span", {}, goal.text), h("span", { class: "when mono" }))]));
  const count = h("span", { class: "badge" });
  host.replaceChildren(h("div", { class: "card goals" }, h("header", {}, h("h2", {}, "Goals"), count), h("ul", {}, [...items.values()]), spoken));
  let shown = null;
  const show = () => {
    const met = metGoals(session);
    const now = [...met].join();
    if (now === shown) return;
    shown = now;
    count.textContent = `${met.size} of ${goals.length}`;
    for (const [id, item] of items) {
      const t = met.get(id);
      if (t !== undefined && !item.classList.contains("met")) spoken.textContent = `Goal met: ${item.children[1].textContent}`;
      item.classList.toggle("met", t !== undefined);
      item.setAttribute("aria-label", `${item.children[1].textContent} ${t === undefined ? "(open)" : `(met at ${clock(t)})`}`);
      item.querySelector(".when").textContent = t === undefined ? "" : clock(t);
    }
  };
  for (const name of ["run", "data"]) session.addEventListener(name, show);
  if (scenarioGoals.length) session.addEventListener("run", () => learnScenarioGoals(session));
  session.player.addEventListener("move", show);
  session.player.addEventListener("state", show);
  show();
}

/** Which goals of an instructor's scenario were met, and when, comes with the stored run. */
async function learnScenarioGoals(session) {
  const { run } = session;
  if (run?.status !== "finished" || run.scenario_goals_take === run.take) return;
  run.scenario_goals_take = run.take;
  const stored = await get(run.data_url).catch(() => null);
  if (!stored || session.run !== run) return;
  run.scenario_goals = stored.run.scenario_goals ?? [];
  run.scenario_goal_times = stored.run.scenario_goal_times ?? {};
  session.tell("data");
}

/** Goal id -> when it was met, as far as the playhead has come. */
export function metGoals({ buffer, player, run }) {
  const met = new Map();
  for (const mark of buffer.marks) if (mark.kind === "goal" && mark.t <= player.playhead + 1e-6 && !met.has(mark.value)) met.set(mark.value, mark.t);
  for (const [id, t] of Object.entries(run?.status === "finished" ? (run.scenario_goal_times ?? {}) : {})) if (t <= player.playhead + 1e-6) met.set(id, t);
  if (player.ended) for (const id of [...(buffer.finished?.goals ?? []), ...(run?.scenario_goals ?? [])]) if (!met.has(id)) met.set(id, player.durationS);
  return met;
}
