import { startImport } from "../quizzes/question_import.js";

for (const form of document.querySelectorAll("[data-import]")) startImport(form);
