// What rounds and scorings share: texts recorded at once in the outbox, sent after a pause, and the words about it.

import { Outbox } from "../quizzes/outbox.js";
import { Saver } from "../quizzes/saver.js";
import { postJson } from "../quizzes/wire.js";

const PAUSE_MS = 1000;
const LONGEST_MS = 5000;

/** Names under which a browser keeps what is unsent. */
export const roundBox = (uuid) => `round:${uuid}`;
export const scoringBox = (uuid) => `scoring:${uuid}`;

/** The quiz's saver, without what only an attempt has: certainty, and the time on each question. */
class TextSaver extends Saver {
  post({ answers = [] }, items, flags) {
    const said = answers.map(({ question, seq, value }) => ({ question, seq, value }));
    return this.exchange(() => postJson(this.answersUrl, { answers: said, flags }), items, flags);
  }
}

export class Keeping {
  /**
   * @param {HTMLElement} root with data-answers-url, data-state-url, [data-save-state], [data-banner], [data-announce]
   * @param {string} box  name of the outbox
   * @param {{show: function(string, *, number): void, state: function(object, number): void, gaveWay: function(string, *): void,
   *   overtook?: function(string, *): void, refused: function(string, string): void, closed: function(object): void,
   *   told?: function(): void, words: string}} on  gaveWay: what waited here is older than what stands at the server now;
   *   overtook: it is younger, and took the place of something that was never seen here
   */
  constructor(root, box, on) {
    Object.assign(this, { root, on });
    this.shown = new Map(); // name -> sequence number of what the page shows
    this.outbox = new Outbox(box);
    this.saver = new TextSaver({
      answersUrl: root.dataset.answersUrl,
      stateUrl: root.dataset.stateUrl,
      outbox: this.outbox,
      on: {
        save: (save) => this.tell(save),
        state: (state, trip) => this.settle(state, trip),
        refused: (name, words) => on.refused(name, words),
        closed: (end) => on.closed(end),
      },
    });
    this.tabs = new BroadcastChannel(`plimsoll:${box}`);
    this.tabs.onmessage = ({ data }) => this.fromOtherTab(data);
    this.listen();
  }

  /** Take over what the page came with, then what this browser kept unsent. */
  start(state) {
    this.adopt(state);
    for (const item of this.outbox.items()) this.show(item.question, item.value, item.seq);
    this.root.dataset.ready = "yes";
    this.saver.refresh().then(() => this.saver.flush()).finally(() => (this.root.dataset.inStep = "yes"));
  }

  listen() {
    window.addEventListener("online", () => this.saver.flush().then(() => this.saver.refresh()));
    window.addEventListener("offline", () => this.saver.tell());
    window.addEventListener("focus", () => this.saver.refresh());
    window.addEventListener("pagehide", () => this.saver.flush());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.saver.flush() : this.saver.refresh()));
  }

  /** Something was said about `name` here: kept in this browser at once, sent after a pause, at the latest after some seconds. */
  give(name, value, pauseMs = PAUSE_MS) {
    if (this.saver.closed) return;
    const seq = this.saver.record(name, value);
    this.shown.set(name, seq);
    this.tabs.postMessage({ name, value, seq });
    this.since ??= performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), performance.now() - this.since > LONGEST_MS ? 0 : pauseMs);
  }

  flush() {
    this.since = null;
    clearTimeout(this.timer);
    return this.saver.flush();
  }

  fromOtherTab({ name, value, seq }) {
    if (seq > (this.shown.get(name) ?? 0)) this.show(name, value, seq);
    this.saver.tell();
  }

  settle(state, trip) {
    const unseen = Object.entries(state.questions).filter(([name, standing]) => {
      const waiting = this.outbox.of(name);
      return waiting && waiting.seq <= standing.seq && JSON.stringify(waiting.value) !== JSON.stringify(standing.value);
    });
    const gaveWay = this.saver.settle(state);
    this.adopt(state, gaveWay, trip);
    for (const [name, { value }] of unseen) if (!gaveWay.includes(name)) this.on.overtook?.(name, value);
  }

  adopt(state, gaveWay = [], trip = 0) {
    for (const [name, standing] of Object.entries(state.questions)) {
      this.saver.known.set(name, Math.max(this.saver.known.get(name) ?? 0, standing.seq));
      if (gaveWay.includes(name)) this.on.gaveWay(name, standing.value);
      else if (standing.seq > (this.shown.get(name) ?? -1) && !this.outbox.of(name)) this.show(name, standing.value, standing.seq);
    }
    this.on.state(state, trip);
  }

  show(name, value, seq) {
    this.shown.set(name, seq);
    this.on.show(name, value, seq);
  }

  /** "saved", "saving…" or "waiting for the connection", for one name. */
  wordsFor(name) {
    const pending = this.outbox.of(name);
    if (pending) return this.offline ? "waiting for the connection" : "saving…";
    return this.shown.get(name) > 0 ? "saved" : "";
  }

  tell({ waiting, sending, offline, signedOut }) {
    if (this.saver?.closed) return;
    this.offline = offline;
    const state = offline ? "offline" : waiting ? (sending ? "saving" : "waiting") : "saved";
    const words = { saved: this.on.words, saving: "Saving…", waiting: "Saving…", offline: waiting ? "Offline: kept here, will be sent" : "Offline" }[state];
    const box = this.root.querySelector("[data-save-state]");
    box.dataset.saved = state;
    const text = box.querySelector("[data-save-text]");
    if (text.textContent !== words) text.textContent = words;
    if (signedOut) this.banner(`${signedOut.message} What you wrote is kept in this browser.`, signedOut.loginUrl, "Sign in");
    else if (offline) this.banner("You are offline. Go on writing: everything is kept in this browser and sent when the connection is back.");
    else this.banner("");
    this.on.told?.();
  }

  banner(words, url = "", label = "") {
    const box = this.root.querySelector("[data-banner]");
    if (box.dataset.words === `${words}${url}`) return;
    box.dataset.words = `${words}${url}`;
    box.hidden = !words;
    box.replaceChildren(words);
    if (url) box.append(" ", Object.assign(document.createElement("a"), { href: url, textContent: label, target: "_blank" }));
  }

  /** For those who hear the page. */
  say(words) {
    this.root.querySelector("[data-announce]").textContent = words;
  }

  announce(words, kind = "") {
    this.say(words);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: words, kind } }));
  }

  get settled() {
    return !this.saver.waiting && !this.saver.failures && navigator.onLine !== false;
  }
}

/** Forms that end something are sent when all that was written has arrived; until then they say what they wait for. */
export function mountEndings(root, keeping) {
  for (const form of root.querySelectorAll("form[data-ending]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      button.classList.add("busy");
      await keeping.flush();
      await keeping.saver.refresh(); // a form sent into a dead connection would leave the page
      button.classList.remove("busy");
      if (keeping.settled || keeping.saver.closed) form.submit();
      else keeping.announce("The connection is away. What you wrote is kept here; try again when it is back.", "bad");
    });
  }
}
