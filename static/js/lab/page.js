/** Puts a lab page together from its parts. */
import { Charts } from "./charts.js";
import { Code } from "./code.js";
import { Controls } from "./controls.js";
import { mountGoals } from "./goals.js";
import { mountKeyboard } from "./keyboard.js";
import { mountLedger } from "./ledger.js";
import { mountNotices } from "./notices.js";
import { drive } from "./player.js";
import { PlayerBar } from "./player_bar.js";
import { Prediction } from "./prediction.js";
import { mountResult } from "./result.js";
import { Scenes } from "./scenes.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { mountTools } from "./tools.js";

/** @param {HTMLElement} root the page's `#lab` */
export function mountPage(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const description = read("lab-description");
  const preset = read("lab-preset") ?? {};
  const scenario = read("lab-scenario");
  const session = new Session(description, { runsUrl: root.dataset.runsUrl, draft: draftFrom(preset), scenario: scenario?.slug });
  const stage = new Stage(part("stage"), session);
  const prediction = new Prediction(part("prediction"), session);
  const bar = new PlayerBar(part("player"), session, { run: () => focusPrediction(part("prediction"), prediction) });
  const controls = new Controls(part("controls"), session, { only: preset.open_control });
  mountNotices(part("notices"), session);
  mountGoals(part("goals"), session, scenario?.goals);
  mountLedger(part("ledger"), session);
  mountResult({ sentence: part("result"), metrics: part("metrics") }, session);
  new Charts(part("charts"), session);
  new Code(part("code"), session);
  const run = read("run-state");
  new Scenes(part("scenes"), session, controls, run ? "" : preset.scene);
  mountTools(part("tools"), session, mountKeyboard(session, { bar, stage }));
  if (run) session.attach(run, opening(run));
  drive(session.player);
  addEventListener("popstate", () => location.reload());
  return session;
}

function read(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent) : null;
}

/** What the address preset: `?set.NAME=VALUE`, `?seed=`, a scenario. */
function draftFrom({ parameters, seed, duration_s, arms, world }) {
  return { parameters, seed, durationS: duration_s, arms, world };
}

/** A finished run is shown whole; one that is being computed plays from its start. */
function opening(run) {
  return run.status === "finished" ? { at: "end" } : { play: true };
}

/** Run from the player's bar: the prediction comes first, where one is asked for. */
function focusPrediction(host, prediction) {
  if (prediction.questions.length === 0) return prediction.session.start(null);
  host.scrollIntoView({ block: "center", behavior: "smooth" });
  host.querySelector("input")?.focus({ preventScroll: true });
  host.classList.remove("nudge");
  requestAnimationFrame(() => host.classList.add("nudge"));
}
