// The live view of a running exam in the admin.
import { LivePage } from "../quizzes/live.js";

const page = document.querySelector("[data-live]");
if (page) new LivePage(page);
