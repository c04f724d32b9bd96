// Sends what the outbox holds until the server has acknowledged it. Knows nothing of the page: it tells by callbacks.
//
// Each thing said about a question has a sequence number. The server keeps one row per number and the highest counts, so
// sending twice or late does no harm. Where another window has said something under the same or a higher number, the one
// given last counts: our answer gets a new number if it is younger than the server's, otherwise it gives way.

import { firstBatch } from "./batch.js";
import { postJson, getJson, SignedOut, Gone } from "./wire.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15000;

export class Saver {
  /** @param {{answersUrl: string, stateUrl: string, outbox: object, active: object, on: object}} options */
  constructor({ answersUrl, stateUrl, outbox, active, on }) {
    Object.assign(this, { answersUrl, stateUrl, outbox, active, on });
    this.known = new Map(); // question -> highest sequence number seen anywhere
    this.flags = new Map(); // question -> flag not yet acknowledged
    this.sending = null;
    this.again = false;
    this.failures = 0;
    this.trouble = null; // the reason of the last failure, where it is not the connection
    this.timer = 0;
    this.closed = false;
  }

  /** An answer was given in this window. */
  record(question, value, certainty = null) {
    const waiting = this.outbox.of(question);
    const fresh = waiting && !waiting.tried;
    const seq = fresh ? waiting.seq : this.next(question);
    this.outbox.put({ question, seq, value, certainty, at: Date.now() });
    this.outbox.dropOlder(question, seq);
    this.known.set(question, seq);
    this.tell();
    return seq;
  }

  flag(question, on) {
    this.flags.set(question, on);
    this.flush();
  }

  next(question) {
    const waiting = this.outbox.of(question);
    return Math.max(this.known.get(question) ?? 0, waiting?.seq ?? 0) + 1;
  }

  get waiting() {
    return this.outbox.items().length;
  }

  /** Send now. Resolves when nothing is left to send or the sending failed. */
  flush() {
    if (this.closed) return Promise.resolve();
    if (this.sending) {
      this.again = true;
      return this.sending;
    }
    clearTimeout(this.timer);
    this.sending = this.sendAll().finally(() => {
      this.sending = null;
      this.tell();
    });
    this.tell();
    return this.sending;
  }

  async sendAll() {
    let rest = false;
    do {
      this.again = false;
      const waiting = this.outbox.items();
      const items = firstBatch(waiting);
      rest = items.length < waiting.length;
      const flags = Object.fromEntries(this.flags);
      if (!items.length && !this.flags.size) return;
      for (const item of items) this.outbox.put({ ...item, tried: true });
      const answers = items.map(({ question, seq, value, certainty = null }) => ({ question, seq, value, certainty }));
      if (!(await this.post({ answers, flags }, items, flags))) return;
    } while (this.again || rest || this.outbox.items().some((item) => !item.tried));
  }

  /** Ask the server where the attempt stands. */
  refresh() {
    return this.closed ? Promise.resolve(false) : this.exchange(() => getJson(this.stateUrl), [], {});
  }

  /** Say that the page is there, and hear where the attempt stands. */
  beat() {
    return this.closed || this.sending ? Promise.resolve(false) : this.post({}, [], {});
  }

  /** With every message goes which question is in view, and for how long questions were looked at. */
  async post(said, items, flags) {
    const active = this.active.news();
    const body = { ...said, active_ms: active, at: this.on.here() ?? null };
    const going = await this.exchange(() => postJson(this.answersUrl, body), items, flags);
    if (going) this.active.acknowledged(active);
    return going;
  }

  async exchange(request, items, flags) {
    const started = performance.now();
    let reply;
    try {
      reply = await request();
    } catch (error) {
      this.failed(error);
      return false;
    }
    this.failures = 0;
    this.trouble = null;
    const { status, body } = reply;
    if (status === 422) return this.refused(items, body, flags);
    this.acknowledge(items, body.fates ?? {}, flags);
    this.on.state(body.state, performance.now() - started);
    if (status === 409 || body.state.status !== "in_progress") this.close(body, items);
    else this.tell();
    return !this.closed;
  }

  acknowledge(items, fates, flags) {
    for (const { question, seq } of items) if (fates[`${question}:${seq}`] === "kept") this.outbox.drop(question, seq);
    for (const [question, on] of Object.entries(flags)) if (this.flags.get(question) === on) this.flags.delete(question);
  }

  /** The server says what is wrong with these answers; sending them again would not help. */
  refused(items, body, flags) {
    const errors = body.errors ?? {};
    for (const { question, seq } of items) {
      const words = errors[`${question}:${seq}`] ?? errors.request;
      if (!words) continue;
      this.outbox.drop(question, seq);
      if (!this.outbox.of(question)) this.on.refused(question, words); // else something newer stands on the page
    }
    for (const question of Object.keys(flags)) if (errors[`${question}:flag`] || errors.request) this.flags.delete(question);
    this.again = true;
    return true;
  }

  /** Settle what the server holds against what waits here. Returns the questions whose shown answer gave way. */
  settle(state) {
    const gaveWay = [];
    for (const [question, standing] of Object.entries(state.questions)) {
      const item = this.outbox.of(question);
      if (item && item.seq <= standing.seq) {
        this.outbox.drop(question, item.seq);
        if (Date.now() - item.at < standing.age_ms) {
          this.outbox.put({ ...item, seq: standing.seq + 1, tried: false });
          this.again = true;
        } else if (JSON.stringify(item.value) !== JSON.stringify(standing.value)) {
          gaveWay.push(question);
        }
      }
      this.known.set(question, Math.max(this.known.get(question) ?? 0, standing.seq));
    }
    return gaveWay;
  }

  failed(error) {
    if (error instanceof Gone) return this.close({ message: error.message }, []);
    this.trouble = error instanceof SignedOut ? error : null;
    this.failures += 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.waiting || this.flags.size ? this.flush() : this.refresh()), wait);
    this.tell();
  }

  /** Nothing more goes from here. Where a part or a question is over and the attempt is not, only what was refused is let go,
   *  and the next page sends the rest; where somebody else is signed in now, everything waits for whose it is. */
  close({ message, state, fates = {} }, items) {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    const running = state?.status === "in_progress";
    const refused = items.filter(({ question, seq }) => fates[`${question}:${seq}`] === "refused");
    const late = running ? refused : state ? this.outbox.items() : [];
    for (const { question, seq } of late) this.outbox.drop(question, seq);
    if (state && !running) this.outbox.clear();
    this.on.closed({ message, lost: late.length, kept: this.waiting });
  }

  tell() {
    const offline = this.failures > 0 || navigator.onLine === false;
    this.on.save({ waiting: this.waiting, sending: Boolean(this.sending), offline, signedOut: this.trouble });
  }
}
