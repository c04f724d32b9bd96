// The report: print it, select the link, and forget what this browser kept of a round that is over.
import { reachByKeyboard } from "../courses/preview.js";
import { Outbox } from "../quizzes/outbox.js";
import { scoringBox, roundBox } from "./keeping.js";

export function mountReport() {
  reachByKeyboard(document.getElementById("main"));
  document.addEventListener("toggle", (event) => reachByKeyboard(event.target), true); // what was closed had no size
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  document.querySelector("[data-select]")?.addEventListener("focus", (event) => event.target.select());
  const over = document.querySelector("[data-round-over]");
  if (!over) return;
  new Outbox(roundBox(over.dataset.roundOver)).clear();
  if (over.dataset.scoringOver) new Outbox(scoringBox(over.dataset.scoringOver)).clear();
}
