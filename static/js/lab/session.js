/**
 * One visitor at one lab: the form before the run, the run, its events and its player. Components read it and listen to it.
 *
 * Events: "draft" (form changed), "run" (another run, or its status or ledger changed), "data" (events arrived, at most
 * once a frame), "connection" (state of the stream), "problem" (detail: {text, kind, errors}).
 */
import { Refusal, send } from "./api.js";
import { RunBuffer } from "./buffer.js";
import { draftOf } from "./draft.js";
import { openFeed } from "./feed.js";
import { clock } from "./format.js";
import { Player } from "./player.js";

const ENDED = new Set(["finished", "failed", "cancelled", "abandoned"]);

export class Session extends EventTarget {
  /** @param {import("./types.js").Description} description @param {{runsUrl: string, draft?: Object, keepAddress?: boolean}} options */
  constructor(description, options) {
    super();
    this.description = description;
    this.options = options;
    this.player = new Player();
    this.draft = draftOf(description, options.draft);
    this.run = null;
    this.connection = "none";
    this.failure = "";
    this.ahead = null;
    this.busy = false;
    this.scene = null;
    this.awaitedTake = 0;
    this.prepareBuffer();
  }

  get arms() {
    return this.run?.arms ?? this.draft.arms;
  }

  get durationS() {
    return this.run?.duration_s ?? this.draft.durationS;
  }

  get ended() {
    return this.run !== null && ENDED.has(this.run.status);
  }

  get isLive() {
    return this.run?.world === "live";
  }

  /** The arm that is looked at before anybody has chosen one. */
  get firstShown() {
    return this.arms.find((arm) => arm === this.description.first_shown) ?? this.arms.at(-1);
  }

  armIndex(arm) {
    return Math.max(0, this.description.arms.findIndex(({ name }) => name === arm));
  }

  armLabel(arm) {
    return this.description.arms.find(({ name }) => name === arm)?.label ?? arm;
  }

  prepareBuffer() {
    this.buffer = new RunBuffer(this.description, this.arms, this.description.bin_s);
    this.player.reset(this.durationS);
  }

  /** Changes of the form before the run. */
  setDraft(changes) {
    Object.assign(this.draft, changes);
    if (!this.run) {
      this.prepareBuffer();
      this.tell("data");
    }
    this.tell("draft");
  }

  /** The parameters in force at `t`: those at the start, and what was turned until then. */
  parametersAt(t) {
    if (!this.run) return this.draft.parameters;
    const values = { ...this.run.parameters };
    for (const { kind, name, value, t_s } of this.run.changes) if (kind === "set" && t_s <= t + 1e-6) values[name] = value;
    return values;
  }

  /** Commits to the prediction and starts a run. @returns {Promise<boolean>} */
  start(prediction) {
    const { parameters, seed, durationS, world, arms } = this.draft;
    const { scenario } = this.options;
    const body = { parameters, duration_s: durationS, world, arms, ...(seed === null ? {} : { seed }), ...(prediction ? { prediction } : {}), ...(scenario ? { scenario } : {}) };
    return this.ask(async () => {
      this.attach(await send("POST", this.options.runsUrl, body), { play: true, visit: true });
    });
  }

  /** The same settings and seed once more, in another world: a run of the visitor's own. @returns {Promise<boolean>} */
  again(world) {
    const { parameters, seed, duration_s, arms } = this.run;
    return this.ask(async () => {
      this.attach(await send("POST", this.options.runsUrl, { parameters, seed, duration_s, arms, world }), { play: true, visit: true });
    });
  }

  /** Shows `run` from now on. `at`: "end" to show a finished run whole, or a time to go on from. */
  attach(run, { play = false, visit = false, at = 0 } = {}) {
    this.feed?.close();
    this.run = run;
    this.failure = "";
    this.ahead = null;
    this.awaitedTake = 0;
    this.prepareBuffer();
    this.opening = { play, at };
    if (visit && !this.options.keepAddress) history.pushState({ run: run.id }, "", run.url);
    if (run.world === "live" && play) this.player.follow = true;
    if (play) this.player.play();
    this.open();
    this.tell("run");
    this.tell("data");
  }

  open() {
    const run = this.run;
    this.feed = openFeed(run, {
      event: (event, take) => run === this.run && this.receive(event, take),
      control: (message) => run === this.run && this.control(message),
      connection: (state) => run === this.run && this.setConnection(state),
    });
  }

  setConnection(state) {
    this.connection = state;
    this.tell("connection");
  }

  receive(event, take) {
    if (take && take < this.awaitedTake) return; // of a take that a change has overtaken
    if (this.awaitedTake) this.settle();
    if (event.type === "failed") this.setStatus("failed", event.message);
    else if (this.buffer.add(event)) {
      if (event.type === "finished") this.setStatus("finished", "");
      else if (this.run.status === "queued") this.setStatus("running", "");
    }
    this.dataSoon();
  }

  control(message) {
    if (message.type === "status") this.noteStatus(message);
    else if (message.type === "take") this.noteTake(message);
    else if (message.type === "unreadable") this.problem(message.message);
    else if (message.type === "end") this.noteEnd(message);
  }

  /** The stream closed with the end of a take. While a newer one is awaited, that is not the end of the run. */
  noteEnd({ take = Infinity }) {
    if (this.awaitedTake && take < this.awaitedTake) this.goOnFrom(this.player.holdAtS);
    else this.dataSoon();
  }

  noteStatus({ status, message = "", ahead = null, take = null }) {
    if (take && take < this.awaitedTake) return;
    this.ahead = ahead;
    this.setStatus(status, message);
  }

  noteTake({ take, t }) {
    const before = this.player.playhead;
    this.forget(t);
    this.player.seek(Math.min(before, t));
    this.player.unsee(t);
    this.run.take = take;
    if (ENDED.has(this.run.status)) this.run.status = "running";
    if (take >= this.awaitedTake) this.settle();
    if (before > t + 1e-6) this.problem(`The run was changed at ${clock(t)}: the picture goes on from there.`, "");
    this.tell("run");
    this.dataSoon();
  }

  /** What lies after `t` is void, at once: the playhead must not run into it. */
  forget(t) {
    this.buffer.dropAfter(t);
    this.player.setBuffered(this.buffer.bufferedS, false);
  }

  goOnFrom(t) {
    this.forget(t);
    this.open();
  }

  settle() {
    this.awaitedTake = 0;
    if (this.player.holdAtS !== null) this.player.release();
  }

  setStatus(status, message) {
    this.run.status = status;
    this.run.message = message || this.run.message || "";
    if (ENDED.has(status) && status !== "finished") this.settle();
    this.tell("run");
    this.dataSoon();
  }

  /** Many events arrive at once: whoever draws hears of them once a frame. */
  dataSoon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.player.setBuffered(this.buffer.bufferedS, this.ended);
      this.seekToOpening();
      this.tell("data");
    });
  }

  seekToOpening() {
    const at = this.opening?.at;
    if (!at) return;
    if (at === "end" ? this.ended : this.buffer.bufferedS >= at) {
      this.player.seek(at === "end" ? this.buffer.bufferedS : at);
      this.opening = null;
    }
  }

  /** When a knob is turned or a button pressed now: the playhead, or the edge of a live run. */
  get changeTimeS() {
    const t = this.isLive && !this.ended ? this.buffer.bufferedS : this.player.playhead;
    return Math.round(t * 1000) / 1000;
  }

  /** A row for the ledger at the playhead. On someone else's run it makes a fork. @returns {Promise<boolean>} */
  change(change) {
    const row = { t_s: this.changeTimeS, ...change };
    if (!this.run.mine) return this.fork({ changes: [row] });
    return this.ask(async () => {
      const answer = await send("POST", this.run.changes_url, row);
      this.ledger(answer, [...this.run.changes, { ...row, t_s: answer.t_s ?? row.t_s, index: answer.index }]);
    }, row.t_s);
  }

  /** Takes a row of the ledger back. */
  undo(index) {
    const row = this.run.changes.find((change) => change.index === index);
    return this.ask(async () => {
      const answer = await send("DELETE", `${this.run.changes_url}${index}/`);
      this.ledger(answer, this.run.changes.filter((change) => change.index !== index));
    }, Math.min(row.t_s, this.player.playhead));
  }

  /** The server's answer to a change: it names the new take, and may bring the whole ledger. */
  ledger({ take, t_s, changes }, guess) {
    this.run.changes = (changes ?? guess).toSorted((a, b) => a.t_s - b.t_s || a.index - b.index);
    if (!this.isLive && this.run.take < take) this.expectTake(take, t_s);
    this.tell("run");
  }

  expectTake(take, t) {
    this.awaitedTake = this.run.take = take;
    this.player.seek(Math.min(this.player.playhead, t));
    this.player.unsee(t);
    this.player.hold(t);
    this.run.status = "running";
    if (!this.player.playing) this.player.play();
    if (this.feed.live) return;
    this.goOnFrom(t);
  }

  /** A new run that shares the past of this one up to the playhead. */
  fork(extra = {}) {
    const t = this.changeTimeS;
    return this.ask(async () => {
      const run = await send("POST", this.run.fork_url, { t_s: t, ...extra });
      this.attach(run, { play: true, visit: true, at: t });
      this.problem("This is a fork now: a run of your own, with the same past.", "ok");
    });
  }

  cancel() {
    return this.ask(async () => {
      const run = await send("POST", this.run.cancel_url);
      this.setStatus(run.status ?? "cancelled", run.message ?? "");
    });
  }

  /** Back to the form, with the values in force now. */
  compose() {
    const { run, draft } = this;
    if (!run) return;
    this.feed?.close();
    const parameters = this.parametersAt(this.player.playhead);
    this.draft = { ...draft, parameters, durationS: run.duration_s, arms: [...run.arms], world: run.world, seed: run.seed };
    this.run = null;
    this.connection = "none";
    this.prepareBuffer();
    if (!this.options.keepAddress) history.pushState({}, "", `/labs/${this.description.slug}/`);
    this.tell("run");
    this.tell("draft");
    this.tell("data");
  }

  /** Does one thing at a time; says what was refused. `holdAt`: where the playhead waits for the answer. */
  async ask(action, holdAt = null) {
    if (this.busy) return false;
    this.busy = true;
    if (holdAt !== null && !this.isLive) this.player.hold(Math.max(holdAt, 0));
    this.tell("run");
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem(error.message, "bad", error.errors);
      return false;
    } finally {
      this.busy = false;
      if (!this.awaitedTake) this.player.release();
      this.tell("run");
    }
  }

  problem(text, kind = "bad", errors = {}) {
    this.dispatchEvent(new CustomEvent("problem", { detail: { text, kind, errors } }));
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
