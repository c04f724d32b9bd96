// Mock interviews: the running round, scoring, the report.
import { mountReport } from "../interviews/report.js";
import { RoundPage } from "../interviews/round.js";
import { ScoringPage } from "../interviews/scoring.js";

const round = document.getElementById("round");
if (round) new RoundPage(round);

const scoring = document.getElementById("scoring");
if (scoring && !("final" in scoring.dataset)) new ScoringPage(scoring);

mountReport();
