// Quizzes: the running attempt, its review, and questions inside lessons.
import { AttemptPage } from "../quizzes/attempt.js";
import { startInputs } from "../quizzes/inputs/index.js";
import { Outbox } from "../quizzes/outbox.js";

const attempt = document.getElementById("attempt");
if (attempt) new AttemptPage(attempt);

const over = document.querySelector("[data-over]");
if (over) new Outbox(over.dataset.over).clear();

startInline(document);
document.addEventListener("htmx:load", (event) => startInline(event.detail.elt));

/** A lesson fetches its questions one by one; some have inputs that need a start. */
function startInline(root) {
  for (const check of root.querySelectorAll("[data-inline-check]")) startInputs(check);
}
