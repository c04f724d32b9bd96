/** Goals that tick off by themselves when the playhead passes the instant at which they were met. */
import { h } from "./dom.js";
import { clock } from "./format.js";
import { icon } from "./icons.js";

export function mountGoals(host, session) {
  const { goals } = session.description;
  if (!goals.length) return;
  const spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
  const items = new Map(goals.map((goal) => [goal.id, h("li", {}, h("span", { class: "tick" }, icon("check")), h("span", {}, goal.text), h("span", { class: "when mono" }))]));
  const count = h("span", { class: "badge" });
  host.replaceChildren(h("div", { class: "card goals" }, h("header", {}, h("h2", {}, "Goals"), count), h("ul", {}, [...items.values()]), spoken));
  const show = () => {
    const met = metGoals(session);
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
  session.player.addEventListener("move", show);
  session.player.addEventListener("state", show);
  show();
}

/** Goal id -> when it was met, as far as the playhead has come. */
export function metGoals({ buffer, player }) {
  const met = new Map();
  for (const mark of buffer.marks) if (mark.kind === "goal" && mark.t <= player.playhead + 1e-6 && !met.has(mark.value)) met.set(mark.value, mark.t);
  if (player.ended) for (const id of buffer.finished?.goals ?? []) if (!met.has(id)) met.set(id, buffer.finished.t);
  return met;
}
