/**
 * The playhead. Moves at `speed` virtual seconds a second, never past what is buffered, and stops at the end.
 * Knows nothing of the page. Events: "move" (the playhead moved), "state" (playing, speed, waiting or range changed).
 */

const SHOWN_IN_S = 30;
const USUAL = [0.5, 1, 2, 4, 8, 16];

/** The speed at which a run so long is watched in about half a minute, a power of two; 4 at least up to two minutes. */
export const speedFor = (durationS) => Math.max(4, 2 ** Math.round(Math.log2(durationS / SHOWN_IN_S)));

/** What a viewer may choose from: the usual speeds, and for runs of hours such as show them in minutes. */
export function speedsFor(durationS) {
  const most = speedFor(durationS) * 4;
  return most <= USUAL.at(-1) ? USUAL : [1, 4, ...[...Array(6).keys()].map((i) => most / 2 ** (5 - i))].filter((speed, i, all) => i < 2 || speed > all[1]);
}

export class Player extends EventTarget {
  constructor() {
    super();
    this.speed = 4;
    this.speeds = USUAL;
    this.reset(0);
  }

  reset(durationS) {
    this.playhead = 0;
    this.furthestS = 0;
    if (durationS && durationS !== this.durationS) this.fitSpeed(durationS);
    this.durationS = durationS;
    this.bufferedS = 0;
    this.complete = false;
    this.playing = false;
    this.holdAtS = null;
    this.follow = false;
    this.tell("state");
    this.tell("move");
  }

  /** A run of another length is watched at another speed. */
  fitSpeed(durationS) {
    const fitting = speedsFor(durationS);
    if (fitting.join() === this.speeds.join()) return;
    this.speeds = fitting;
    this.speed = speedFor(durationS);
  }

  /** The playhead waits for events that are still being computed. */
  get waiting() {
    return this.playing && !this.complete && this.playhead >= this.limitS - 1e-9;
  }

  get ended() {
    return this.complete && this.playhead >= this.bufferedS - 1e-9 && this.bufferedS > 0;
  }

  get limitS() {
    return this.holdAtS === null ? this.bufferedS : Math.min(this.holdAtS, this.bufferedS);
  }

  /** Says how much is known, and whether that is all there will be. */
  setBuffered(bufferedS, complete) {
    const was = this.waiting;
    const same = bufferedS === this.bufferedS && complete === this.complete;
    this.bufferedS = bufferedS;
    this.complete = complete;
    if (this.playhead > bufferedS) this.seek(bufferedS);
    if (!same || was !== this.waiting) this.tell("state");
  }

  /** Until `release` the playhead stays at or before `t`: a change at `t` is on its way. */
  hold(t) {
    this.holdAtS = t;
    this.tell("state");
  }

  release() {
    this.holdAtS = null;
    this.tell("state");
  }

  play() {
    if (this.ended) this.playhead = 0;
    this.playing = true;
    this.tell("state");
  }

  pause() {
    this.playing = false;
    this.follow = false;
    this.tell("state");
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  seek(t) {
    const to = Math.min(Math.max(0, t), this.limitS);
    if (to === this.playhead) return;
    const wasEnded = this.ended;
    this.playhead = to;
    this.tell("move");
    if (wasEnded !== this.ended) this.tell("state");
  }

  setSpeed(speed) {
    this.speed = speed;
    this.tell("state");
  }

  /** One step along the list of speeds. */
  nudgeSpeed(direction) {
    const at = this.speeds.indexOf(this.speed);
    this.setSpeed(this.speeds[Math.min(Math.max(0, at + direction), this.speeds.length - 1)]);
  }

  /** @param {number} elapsedS real seconds since the last call */
  advance(elapsedS) {
    if (!this.playing) return;
    const wasWaiting = this.waiting;
    const to = this.follow ? this.limitS : Math.min(this.playhead + elapsedS * this.speed, this.limitS);
    if (to > this.playhead) {
      this.playhead = to;
      this.tell("move");
    }
    if (this.ended) this.pause();
    else if (wasWaiting !== this.waiting) this.tell("state");
  }

  /** Forgets having seen what lies after `t`. */
  unsee(t) {
    this.furthestS = Math.min(this.furthestS, t);
  }

  tell(name) {
    this.furthestS = Math.max(this.furthestS, this.playhead);
    this.dispatchEvent(new Event(name));
  }
}

/** Drives a player with animation frames; a hidden tab does not fast-forward when it comes back. */
export function drive(player) {
  let last = performance.now();
  const frame = (now) => {
    player.advance(Math.min(now - last, 250) / 1000);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
