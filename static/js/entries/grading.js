// Grading a text in the admin.
import { startGrading } from "../quizzes/grading.js";

const page = document.querySelector("[data-grading]");
if (page) startGrading(page);
