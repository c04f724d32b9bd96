// Sends ratings until they are acknowledged, one request at a time. Knows nothing of the page: it tells by callbacks.

import { postJson } from "../quizzes/wire.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 20000;
const SENT_AT_ONCE = 50;

export class Sender {
  /** @param {{url: string, outbox: object, more: () => object, on: {state: Function, fates: Function, queue: Function}}} options */
  constructor({ url, outbox, more, on }) {
    Object.assign(this, { url, outbox, more, on });
    this.sending = null;
    this.failures = 0;
    this.trouble = null; // signed out, or the server's words
    this.timer = 0;
    window.addEventListener("online", () => this.flush());
  }

  get waiting() {
    return this.outbox.items().length;
  }

  /** Send what waits and fetch what comes next. Resolves to whether everything has arrived. */
  flush() {
    clearTimeout(this.timer);
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
      this.on.state(this);
    });
    return this.sending;
  }

  async sendAll() {
    this.on.state(this);
    do {
      const items = this.outbox.items().slice(0, SENT_AT_ONCE);
      for (const item of items) this.outbox.put({ ...item, tried: true });
      let reply;
      try {
        reply = await postJson(this.url, { ...this.more(), ratings: items.map(asSent) });
      } catch (error) {
        this.failed(error);
        return false;
      }
      this.failures = 0;
      this.trouble = null;
      for (const item of items) this.outbox.drop(item.id);
      this.on.fates(items, reply.body.fates ?? {});
      this.on.queue(reply.body.queue);
    } while (this.waiting);
    return true;
  }

  failed(error) {
    this.failures += 1;
    this.trouble = error.loginUrl ? error : null;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    this.timer = setTimeout(() => this.flush(), wait);
  }
}

/** How long ago it was given, by this clock alone: the server's judges the rest. */
function asSent({ id, card, revision, rating, at, duration_ms, ahead, version, score }) {
  return { id, card, revision, rating, ahead, version, score, duration_ms, age_ms: Math.max(0, Date.now() - at) };
}
