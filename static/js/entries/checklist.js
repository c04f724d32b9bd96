/* Checklists: a visitor's ticks, and a learner's list for a design. */
import { mountTicks } from "../checklists/ticks.js";
import { mountUse } from "../checklists/use.js";

mountTicks();
mountUse();
