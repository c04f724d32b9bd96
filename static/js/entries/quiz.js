// Quizzes: the running attempt, its review, and questions inside lessons.
import { AttemptPage } from "../quizzes/attempt.js";
import { startOrdering } from "../quizzes/ordering.js";
import { Outbox } from "../quizzes/outbox.js";

const attempt = document.getElementById("attempt");
if (attempt) new AttemptPage(attempt);

const over = document.querySelector("[data-over]");
if (over) new Outbox(over.dataset.over).clear();

startInline(document);
document.addEventListener("htmx:load", (event) => startInline(event.detail.elt));

/** A lesson fetches its questions one by one; each may hold a list to be put in order. */
function startInline(root) {
  for (const box of root.querySelectorAll('[data-inline-check] [data-input="order"]:not([data-started])')) {
    box.dataset.started = "yes";
    startOrdering(box);
  }
}
