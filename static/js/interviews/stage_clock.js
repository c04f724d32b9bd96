// The clock of the open stage: the quiz's calm clock, and beside it, when the time is over, what is left to finish the thought.

import { Clock } from "../quizzes/clock.js";

export class StageClock {
  /** @param {HTMLElement} root @param {{say: function(string): void}} on */
  constructor(root, on) {
    this.place = root.querySelector("[data-clock-place]");
    this.fresh = this.place.firstElementChild.cloneNode(true);
    this.over = root.querySelector("[data-over-time]");
    this.on = on;
  }

  /** @param {{stage: string, left_ms: number|null, grace_ms: number|null}} state */
  set({ stage, left_ms: leftMs, grace_ms: graceMs }, tripMs = 0) {
    if (leftMs === null) return;
    if (stage !== this.stage) this.begin(stage);
    this.endsAt = performance.now() + graceMs - tripMs / 2;
    this.late = leftMs <= 0;
    this.clock.set({ left_ms: Math.max(0, leftMs), base_ms: null, extra_ms: 0 }, tripMs);
    this.tick();
  }

  /** Each stage has a clock of its own: what one has said, the next one says again. */
  begin(stage) {
    this.stage = stage;
    this.late = false;
    this.place.replaceChildren(this.fresh.cloneNode(true));
    this.clock = new Clock(this.place.firstElementChild, {
      say: (words) => this.on.say(words.replace("What you have answered is saved.", "What you wrote is saved.")),
      over: () => {
        this.late = true;
        this.tick();
      },
    });
  }

  get graceS() {
    return Math.max(0, Math.ceil((this.endsAt - performance.now()) / 1000));
  }

  tick() {
    clearTimeout(this.timer);
    this.over.hidden = !this.late;
    if (!this.late) return;
    const left = this.graceS;
    const when = this.clock.hidden ? "soon" : `in ${left} s`; // whoever hid the clock sees no seconds here either
    const last = this.stage === "wrap-up";
    const then = last ? "the round ends" : "the next one opens";
    const now = last ? "The round ends." : "The next stage opens.";
    this.over.textContent = left ? `Time for this stage is over. Finish the thought: ${then} ${when}.` : now;
    if (left) this.timer = setTimeout(() => this.tick(), 1000);
  }
}
