// The report: print it, select the link, and forget what this browser kept of a round that is over.
import { Outbox } from "../quizzes/outbox.js";
import { scoringBox, roundBox } from "./keeping.js";

export function mountReport() {
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  document.querySelector("[data-select]")?.addEventListener("focus", (event) => event.target.select());
  const over = document.querySelector("[data-round-over]");
  if (!over) return;
  new Outbox(roundBox(over.dataset.roundOver)).clear();
  if (over.dataset.scoringOver) new Outbox(scoringBox(over.dataset.scoringOver)).clear();
}
