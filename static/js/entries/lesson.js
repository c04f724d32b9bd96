/* A lesson's page, and every page that shows its blocks. */
import { mountCalculators } from "../courses/calculator.js";
import { mountContents } from "../courses/contents.js";
import { mountCopyButtons } from "../courses/copy.js";
import { mountNote } from "../courses/note.js";
import { mountPredictions } from "../courses/prediction.js";

mountContents();
mountCopyButtons(document);
mountCalculators(document);
mountPredictions(document);
mountNote();
