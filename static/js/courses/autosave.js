/**
 * Sends a form a moment after the last change, one request at a time, and says what became of it.
 *
 * `fields()` gives what to send; `revision` is the state it grew from. The server answers 200 {revision}, 409 {revision, …}
 * when somebody else has saved, 422 {message}. Without a connection it tries again until it is back.
 */

import { csrfToken } from "../site/csrf.js";

const WAIT_MS = 700;
const RETRY_MS = 4000;

export class Autosave {
  constructor({ url, revision, fields, say, conflict }) {
    Object.assign(this, { url, revision, fields, say, conflict });
    this.sending = false;
    this.changed = false;
    this.held = false;
    this.timer = 0;
    addEventListener("beforeunload", (event) => this.changed && event.preventDefault());
    addEventListener("online", () => this.changed && this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.changed && this.send());
  }

  touch() {
    this.changed = true;
    if (this.held) return;
    this.say("Not saved yet", "waiting");
    this.later(WAIT_MS);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), ms);
  }

  async send(more = {}) {
    if (this.sending || this.held) return this.later(WAIT_MS);
    this.sending = true;
    this.changed = false;
    this.say("Saving …", "busy");
    try {
      this.answer(await this.request(more));
    } catch {
      this.changed = true;
      this.say("No connection. It is kept here and sent again.", "bad");
      this.later(RETRY_MS);
    } finally {
      this.sending = false;
    }
  }

  async request(more) {
    const body = new URLSearchParams({ ...this.fields(), ...more, revision: this.revision });
    const headers = { "X-CSRFToken": csrfToken(), Accept: "application/json" };
    const response = await fetch(this.url, { method: "POST", body, headers, credentials: "same-origin", redirect: "manual" });
    if (response.type === "opaqueredirect" || response.status === 403) return { status: 403, data: {} };
    if (response.status === 404) return { status: 404, data: { message: "it was deleted in another tab or browser." } };
    if (response.status >= 500) throw new Error(response.statusText);
    return { status: response.status, data: await response.json() };
  }

  answer({ status, data }) {
    if (status === 200) {
      this.revision = data.revision;
      if (this.changed) return this.later(WAIT_MS);
      return this.say("Saved", "ok");
    }
    this.changed = true;
    if (status === 409) {
      this.held = true;
      this.say("Not saved: changed elsewhere", "bad");
      return this.conflict(data);
    }
    if (status === 403) return this.say("Not saved: you are signed out. Sign in in another tab, then go on writing.", "bad");
    return this.say(`Not saved: ${data.message}`, "bad");
  }

  /** The conflict is settled: what is sent from now on grows from `revision`. */
  settle(revision, { send }) {
    this.held = false;
    this.revision = revision;
    this.changed = send;
    if (send) this.send();
    else this.say("Saved", "ok");
  }
}
