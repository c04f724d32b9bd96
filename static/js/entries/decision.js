/* Decision records: the editor of one that is kept, and the editor that a visitor may try. */
import { mountDecision } from "../decisions/record.js";
import { mountTry } from "../decisions/try.js";
import { mountViews } from "../decisions/views.js";

mountViews();
mountDecision();
mountTry();
