// Reviews: today's queue, the form of an own card, the import of a deck.
import { mountAnkiForm, mountCardForm } from "../reviews/forms.js";
import { ReviewSession } from "../reviews/session.js";

const review = document.getElementById("review");
if (review) new ReviewSession(review);

for (const form of document.querySelectorAll("[data-card-form]")) mountCardForm(form);
for (const form of document.querySelectorAll("[data-anki-form]")) mountAnkiForm(form);
