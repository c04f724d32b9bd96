// The charts of a run that is over, in a question: the lab's own charts, without a player. Variants bear letters.

import { RunBuffer } from "../lab/buffer.js";
import { Charts } from "../lab/charts.js";
import { armLook, swatch } from "../lab/palette.js";

/**
 * Draws the run whose data stand in `host` as JSON. A click on a chart sets a line there and fires "timechosen" (detail: seconds).
 * @param {HTMLElement} host `[data-frozen-run]`
 */
export function mountFrozenRun(host) {
  const run = JSON.parse(host.querySelector('script[type="application/json"]').textContent);
  const charts = new FrozenCharts(host.appendChild(document.createElement("div")), new FrozenSession(run), { titled: false });
  charts.onchoose = (t) => host.dispatchEvent(new CustomEvent("timechosen", { bubbles: true, detail: t }));
  charts.redraw();
  host.querySelector("[data-run-waiting]")?.remove();
}

/** The variant's line, dash and marker beside its letter, wherever a template leaves room for it. */
export function fillSwatches(root) {
  for (const place of root.querySelectorAll("[data-swatch]:empty")) place.append(swatch(Number(place.dataset.swatch)));
}

/** What the lab's charts read of a session: all of the run is known, and nothing plays. */
class FrozenSession extends EventTarget {
  constructor(run) {
    super();
    this.frozen = run;
    this.whole = true;
    this.arms = run.arms;
    this.durationS = run.duration_s;
    this.run = null;
    const { series, layout, warm_up_s } = run;
    this.description = { series, layout, warm_up_s, arms: run.arms.map((name) => ({ name, label: label(name) })), topology: { edges: [], nodes: [] } };
    this.buffer = new RunBuffer(this.description, run.arms, run.bin_s);
    run.times.forEach((t, i) => run.arms.forEach((arm) => this.buffer.add({ type: "sample", t, arm, values: at(run.values[arm], i) })));
    this.player = Object.assign(new EventTarget(), { playhead: run.duration_s, ended: true, playing: false, seek: (t) => this.chosen(t) });
  }

  chosen(t) {
    this.dispatchEvent(new CustomEvent("chosen", { detail: Math.min(this.durationS, Math.max(0, Math.round(t * 10) / 10)) }));
  }

  armIndex(arm) {
    return this.arms.indexOf(arm);
  }

  armLabel(arm) {
    return label(arm);
  }
}

class FrozenCharts extends Charts {
  listen() {
    super.listen();
    this.session.addEventListener("chosen", ({ detail }) => {
      this.chosenT = detail;
      this.redraw();
      this.onchoose?.(detail);
    });
  }

  redraw() {
    for (const chart of this.charts) chart.redraw();
  }

  visibleMarks(arms = this.shownArms) {
    const { session } = this;
    const flags = session.frozen.flags.filter(({ arm }) => !arm || arms.includes(arm));
    const shown = flags.map(({ t, arm, kind, text }) => ({ t, kind, text: arm ? `${label(arm)}: ${text}` : text, variable: arm ? armLook(session.armIndex(arm)).variable : "--ink-2" }));
    if (this.chosenT !== undefined) shown.push({ t: this.chosenT, kind: "change", text: "your line", variable: "--signal" });
    return shown;
  }
}

const label = (arm) => (arm.length === 1 ? `Variant ${arm}` : arm);
const at = (columns, i) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]]));
