// The charts of runs inside questions, wherever a question stands: attempts, reviews, lessons, the admin's preview. What is put
// into the page later (a practice's reply, a lesson's question) is drawn when it comes.
import { fillSwatches, mountFrozenRun } from "../quizzes/frozen_run.js";

function mountAll() {
  for (const host of document.querySelectorAll("[data-frozen-run]:not([data-started])")) {
    host.dataset.started = "yes";
    mountFrozenRun(host);
  }
  fillSwatches(document);
}

let pending = 0;
new MutationObserver(() => {
  cancelAnimationFrame(pending);
  pending = requestAnimationFrame(mountAll);
}).observe(document.body, { childList: true, subtree: true });
mountAll();
