// The round's lab: the laboratory's own parts around one session, and the change that reaches it at the playhead.

import { get, Refusal, send } from "../lab/api.js";
import { Charts } from "../lab/charts.js";
import { Controls } from "../lab/controls.js";
import { clock } from "../lab/format.js";
import { mountLedger } from "../lab/ledger.js";
import { mountNotices } from "../lab/notices.js";
import { drive } from "../lab/player.js";
import { PlayerBar } from "../lab/player_bar.js";
import { mountResult } from "../lab/result.js";
import { Session } from "../lab/session.js";
import { Stage } from "../lab/stage.js";

const CHARTS_SHOWN = 3;

export class RoundLab {
  /** @param {HTMLElement} root `[data-round-lab]` @param {{changed: function(string): void}} on */
  constructor(root, on) {
    this.on = on;
    this.notice = root.querySelector('[data-part="change-notice"]');
    this.urls = { run: root.dataset.runUrl, change: root.dataset.changeUrl };
    this.session = this.build(root);
    drive(this.session.player);
  }

  build(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const description = read("round-lab-description");
    const { parameters, arms, duration_s: durationS } = read("round-lab-preset");
    const draft = { parameters, arms, durationS };
    const session = new Session(description, { runsUrl: this.urls.run, draft, keepAddress: true });
    new Stage(part("stage"), session, { compact: true });
    new PlayerBar(part("player"), session, { run: () => session.start(null), compact: true });
    new Controls(part("controls"), session);
    mountNotices(part("notices"), session);
    mountLedger(part("ledger"), session, { plain: true });
    new Charts(part("charts"), session, { compact: true, only: CHARTS_SHOWN });
    mountResult({ sentence: part("result") }, session, { compact: true });
    return session;
  }

  /** Brings the player in step with what the server says of run and change. */
  async follow({ run, take, change_due: changeDue }) {
    if (this.busy || this.session.busy) return;
    this.busy = true;
    try {
      if (changeDue) await this.reach();
      else if (run && (run !== this.session.run?.id || take > this.session.run.take)) await this.adopt(run);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.say(changeDue ? `The change has not reached your lab yet: ${error.message} It is tried again by itself.` : "");
    } finally {
      this.busy = false;
    }
  }

  /** Says where the playhead is; the server turns the knob there, once. A run that was not begun is begun with it. */
  async reach() {
    const { run, player } = this.session;
    const answer = await send("POST", this.urls.change, { run: run?.id ?? null, playhead_s: run ? player.playhead : null });
    if (!answer.run) return;
    this.say("");
    if (run?.id === answer.run.id) this.session.ledger({ take: answer.run.take, t_s: answer.t_s, changes: answer.run.changes });
    else this.session.attach(answer.run, { play: true });
    this.on.changed(`It reached your lab at ${clock(answer.t_s)}.`);
  }

  /** A run that another window began or changed, or that was there before the page was loaded. */
  async adopt(id) {
    const run = await get(this.urls.run);
    const same = this.session.run?.id === id;
    const at = same ? this.session.player.playhead : run.status === "finished" ? "end" : 0;
    this.session.attach(run, { play: same ? this.session.player.playing : run.status !== "finished", at });
  }

  say(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }
}

function read(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
