// The page of a running attempt: ties inputs, outbox, saver, clock, overview and the other tabs together.

import { ActiveTime } from "./active.js";
import { Clock } from "./clock.js";
import { HandIn } from "./hand_in.js";
import { lock, pick, readAnswer, startInputs, writeAnswer } from "./inputs/index.js";
import { startKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Overview } from "./overview.js";
import { Practice } from "./practice.js";
import { Saver } from "./saver.js";

const TYPING_PAUSE_MS = 500;
const WRITING_PAUSE_MS = 2000; // each save keeps the whole text once more
const HEARTBEAT_MS = 20_000;

export class AttemptPage {
  constructor(root) {
    this.root = root;
    this.flagged = new Set();
    this.shown = new Map(); // question -> sequence number of the answer on the page
    this.values = new Map();
    this.certainties = new Map();
    this.refused = new Set(); // what stands there is no answer: the server does not have it
    startInputs(root);
    this.overview = new Overview(root);
    this.active = new ActiveTime(() => this.overview.current?.dataset.question);
    this.outbox = new Outbox(root.dataset.attempt);
    this.saver = new Saver({
      answersUrl: root.dataset.answersUrl,
      stateUrl: root.dataset.stateUrl,
      outbox: this.outbox,
      active: this.active,
      on: {
        here: () => this.overview.current?.dataset.question,
        save: (save) => this.showSave(save),
        state: (state, trip) => {
          this.adopt(state, this.saver.settle(state));
          this.clock.set(state, trip);
          this.tabs.postMessage({ state });
        },
        refused: (question, words) => this.refuse(question, words),
        closed: (end) => this.showClosed(end),
      },
    });
    this.handIn = new HandIn(root, this);
    this.clock = new Clock(root.querySelector("[data-clock]"), {
      say: (words) => this.announce(words, true),
      over: () => this.timeOver(),
      lastWords: this.handIn.abandons ? "Hand in before the time is over, or this attempt does not count." : "What you have answered is saved.",
    });
    if (root.dataset.mode === "practice") this.practice = new Practice(this);
    this.tabs = new BroadcastChannel(`plimsoll:attempt:${root.dataset.attempt}`);
    this.tabs.onmessage = ({ data }) => this.fromOtherTab(data);
    this.listen();
    this.start(JSON.parse(document.getElementById("attempt-state").textContent));
  }

  start(state) {
    this.reviewUrl = state.review_url;
    this.adopt(state);
    this.clock.set(state);
    for (const item of this.outbox.items()) this.show(item.question, item);
    this.root.dataset.ready = "yes"; // answers count from here on
    const inStep = this.saver.refresh().then(() => this.saver.flush()); // the page may come from the browser's cache
    inStep.finally(() => (this.root.dataset.inStep = "yes"));
    setInterval(() => document.hidden || this.saver.beat(), HEARTBEAT_MS);
  }

  listen() {
    this.root.addEventListener("change", (event) => this.answered(event.target, 0));
    this.root.addEventListener("input", (event) => event.target.matches(TYPED) && this.answered(event.target, pauseOf(event.target)));
    this.root.addEventListener("ordered", (event) => this.answered(event.target, 0));
    this.root.querySelector("[data-questions]").addEventListener("submit", (event) => event.preventDefault());
    this.root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-question]")?.dataset.question;
      if (event.target.closest("[data-flag]")) this.toggleFlag(name);
      if (event.target.closest("[data-clear]")) this.takeBack(name);
      if (event.target.closest("[data-leave]")) this.leave(event.target.closest("form"), event);
    });
    window.addEventListener("online", () => this.saver.flush().then(() => this.saver.refresh()));
    window.addEventListener("offline", () => this.saver.tell());
    window.addEventListener("focus", () => this.saver.refresh());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.saver.flush() : this.saver.refresh()));
    window.addEventListener("pagehide", () => this.saver.flush());
    startKeys(this.root, {
      pick: (index) => pick(this.overview.current, index),
      keys: {
        j: () => this.overview.step(1),
        k: () => this.overview.step(-1),
        f: () => this.root.querySelector("[data-step]") && this.toggleFlag(this.overview.current.dataset.question),
        u: () => this.overview.nextOpen(),
        c: () => this.overview.current?.querySelector('[data-practice-step="check"]')?.click(),
        h: () => this.overview.current?.querySelector('[data-practice-step="hint"]')?.click(),
        "?": () => this.root.querySelector("#keys").showModal(),
      },
    });
  }

  answered(target, pauseMs) {
    const question = target.closest("[data-question]");
    if (!question || this.saver.closed) return;
    this.give(question.dataset.question, readAnswer(question), readCertainty(question), pauseMs);
  }

  /** How sure somebody is goes with an answer; without one it waits on the page. */
  give(name, value, certainty, pauseMs = 0) {
    const sure = value === null ? null : certainty;
    if (same([value, sure], [this.valueOf(name), this.certainties.get(name) ?? null])) return;
    const seq = this.saver.record(name, value, sure);
    this.values.set(name, value);
    this.certainties.set(name, sure);
    this.shown.set(name, seq);
    this.showError(name, "");
    this.mark();
    this.tabs.postMessage({ question: name, value, certainty: sure, seq });
    clearTimeout(this.typing);
    if (pauseMs) this.typing = setTimeout(() => this.saver.flush(), pauseMs);
    else this.saver.flush();
  }

  takeBack(name) {
    writeAnswer(this.overview.question(name), null);
    writeCertainty(this.overview.question(name), null);
    this.give(name, null, null);
  }

  /** On to the next question where there is no way back: everything is sent first, and nothing is left open by accident. */
  async leave(form, event) {
    event.preventDefault();
    const name = this.overview.current.dataset.question;
    const words = form.querySelector("[data-leave-words]");
    if (this.valueOf(name) === null && !form.dataset.sure) {
      form.dataset.sure = "yes";
      words.textContent = "This question has no answer, and there is no way back to it. Press again to go on without one.";
      return;
    }
    await this.saver.flush();
    if (this.saver.waiting) words.textContent = "Your answer has not reached the server yet. Go on when the connection is back.";
    else form.submit();
  }

  toggleFlag(name) {
    if (this.saver.closed) return;
    const on = !this.flagged.has(name);
    this.setFlag(name, on);
    this.saver.flag(name, on);
    this.tabs.postMessage({ flag: name, on });
  }

  setFlag(name, on) {
    if (on) this.flagged.add(name);
    else this.flagged.delete(name);
    this.mark();
  }

  fromOtherTab(data) {
    if (data.flag) this.setFlag(data.flag, data.on);
    else if (data.question && data.seq > (this.shown.get(data.question) ?? 0)) this.show(data.question, data);
    else if (data.state) this.adopt(data.state);
    this.saver.tell();
  }

  /** Take over what the server holds, except where something newer waits here. */
  adopt(state, gaveWay = []) {
    const news = state.at_ms >= (this.newest ?? 0); // flags have no sequence numbers; the newest reading counts
    if (news) this.newest = state.at_ms;
    if (news && this.movedOn(state)) return location.assign(this.reviewUrl);
    for (const [name, standing] of Object.entries(state.questions)) {
      this.saver.known.set(name, Math.max(this.saver.known.get(name) ?? 0, standing.seq));
      const older = standing.seq > (this.shown.get(name) ?? -1) || gaveWay.includes(name);
      if (older && !this.outbox.of(name)) this.show(name, standing);
      this.active.adopt(name, standing.active_ms);
      if (standing.closed) this.settle(name);
      if (news && !this.saver.flags.has(name)) standing.flagged ? this.flagged.add(name) : this.flagged.delete(name);
    }
    for (const name of gaveWay) this.note(name, "A later answer from another window is kept.");
    this.mark();
  }

  /** Another window has gone on to the next part or question: what this page shows is over. */
  movedOn(state) {
    const section = this.root.dataset.section;
    const gone = this.overview.questions.some((question) => !(question.dataset.question in state.questions));
    return state.status === "in_progress" && !this.saver.waiting && (gone || (section && Number(section) !== state.section));
  }

  /** A question of practice that takes no more answers. What another window has closed is shown by the server. */
  settle(name) {
    const question = this.overview.question(name);
    if (!question || question.hasAttribute("data-closed")) return;
    question.setAttribute("data-closed", "");
    lock(question);
  }

  show(name, { value, certainty = null, seq }) {
    const question = this.overview.question(name);
    if (!question) return;
    writeAnswer(question, value);
    writeCertainty(question, certainty);
    this.values.set(name, value);
    this.certainties.set(name, certainty);
    this.shown.set(name, seq);
    this.showError(name, "");
    this.mark();
  }

  valueOf(name) {
    return this.values.get(name) ?? null;
  }

  get unanswered() {
    return this.overview.questions.map((question) => question.dataset.question).filter((name) => this.valueOf(name) === null || this.refused.has(name));
  }

  mark() {
    const given = [...this.values].filter(([, value]) => value !== null).map(([name]) => name);
    this.overview.mark(new Set(given.filter((name) => !this.refused.has(name))), this.flagged);
    for (const name of this.refused) this.overview.question(name).querySelector("[data-clear]").hidden = false;
  }

  showSave({ waiting, sending, offline, signedOut }) {
    if (this.saver?.closed) return;
    const state = offline ? "offline" : waiting ? (sending ? "saving" : "waiting") : this.refused.size ? "refused" : "saved";
    const many = `${waiting} answer${waiting === 1 ? "" : "s"}`;
    const refused = `Not saved: question ${[...this.refused].sort((one, other) => one - other).join(", ")}`;
    const words = { saved: "All answers saved", refused, saving: "Saving…", waiting: "Saving…", offline: waiting ? `Offline: will send ${many}` : "Offline" }[state];
    const box = this.root.querySelector("[data-save-state]");
    box.dataset.saved = state;
    const text = box.querySelector("[data-save-text]");
    if (text.textContent !== words) text.textContent = words;
    const pending = new Set(this.outbox.items().map((item) => item.question));
    for (const question of this.overview.questions) this.showQuestionState(question, pending, offline);
    if (signedOut) this.banner(`${signedOut.message} Your answers are kept in this browser.`, signedOut.loginUrl, "Sign in");
    else if (offline) this.banner("You are offline. Go on answering: everything is kept in this browser and sent when the connection is back. The clock goes on.");
    else this.banner("");
    this.handIn?.refresh();
  }

  showQuestionState(question, pending, offline) {
    const name = question.dataset.question;
    const kept = this.shown.get(name) > 0 && !this.refused.has(name);
    const words = pending.has(name) ? (offline ? "waiting for the connection" : "saving…") : kept ? "saved" : "";
    question.querySelector("[data-question-state]").textContent = words;
  }

  banner(words, url = "", label = "") {
    const box = this.root.querySelector("[data-banner]");
    const wanted = `${words}${url}`;
    if (box.dataset.words === wanted) return;
    box.dataset.words = wanted;
    box.hidden = !words;
    box.replaceChildren(words);
    if (url) box.append(" ", Object.assign(document.createElement("a"), { href: url, textContent: label, target: "_blank" }));
  }

  note(name, words) {
    const question = this.overview.question(name);
    question.querySelector("[data-question-state]").textContent = words;
    this.announce(`Question ${name}: ${words}`, true);
  }

  refuse(name, words) {
    this.showError(name, words);
    this.mark();
  }

  showError(name, words) {
    const question = this.overview.question(name);
    if (!question) return;
    if (words) this.refused.add(name);
    else this.refused.delete(name);
    this.say(question, words ? `Not saved: ${words}` : "");
    const blank = /^Blank (\d+): /.exec(words)?.[1]; // of many fields the server names the one that it cannot read
    for (const field of question.querySelectorAll("[data-input] :is(input[type=text], textarea)")) {
      field.setAttribute("aria-invalid", String(Boolean(words) && (!blank || field.dataset.field === blank)));
    }
  }

  /** Below the question, in words. */
  say(question, words) {
    const box = question.querySelector("[data-question-error]");
    box.textContent = words;
    box.hidden = !words;
  }

  announce(words, visibly = false) {
    this.root.querySelector("[data-announce]").textContent = words;
    if (visibly) document.dispatchEvent(new CustomEvent("toast", { detail: { text: words } }));
  }

  lock() {
    for (const question of this.overview.questions) lock(question);
    for (const button of this.root.querySelectorAll("[data-flag], [data-clear], [data-practice-step]")) button.disabled = true;
  }

  timeOver() {
    this.lock();
    if (this.handIn.abandons) return this.announce("Time is over, and this attempt was not handed in: it does not count.", true);
    this.announce("Time is over. Your answers are being sent.", true);
    this.handIn.now();
  }

  showClosed({ message, lost, kept }) {
    this.lock();
    if (!lost && !message?.includes("another account")) return location.assign(this.reviewUrl);
    const late = lost ? ` ${lost} answer${lost === 1 ? "" : "s"} came too late and could not be kept.` : "";
    const waits = kept && !lost ? " What is not sent yet is kept in this browser: sign in as before to go on." : "";
    this.banner(`${message ?? "This attempt is over."}${late}${waits}`, this.reviewUrl, "Go on");
    window.scrollTo({ top: 0 });
  }
}

const TYPED = "textarea, input[type=text]";

const pauseOf = (field) => (field.matches("textarea") ? WRITING_PAUSE_MS : TYPING_PAUSE_MS);

const certaintyOf = (question) => question.querySelector("[data-certainty]");

function readCertainty(question) {
  const chosen = certaintyOf(question)?.querySelector("input:checked");
  return chosen ? Number(chosen.value) : null;
}

function writeCertainty(question, certainty) {
  for (const input of certaintyOf(question)?.querySelectorAll("input") ?? []) input.checked = Number(input.value) === certainty;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
