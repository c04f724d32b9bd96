/** Predict, then run: the card that stands before the run, and what became of the guess after it. */
import { h, uniqueId } from "./dom.js";
import { quantity, unitOf } from "./format.js";
import { icon } from "./icons.js";
import { swatch } from "./palette.js";

export class Prediction {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session) {
    Object.assign(this, { host, session, guesses: {} });
    for (const name of ["run", "draft"]) session.addEventListener(name, () => this.show());
    session.player.addEventListener("state", () => this.show());
    this.show();
  }

  /** Numbers are asked for under the lab's own settings; a scene presets others, so it asks only which variant wins. */
  get questions() {
    return this.session.description.predictions.filter(({ kind }) => kind === "arm" || !this.session.scene).filter(({ kind, arm }) => kind === "arm" || !arm || this.session.arms.includes(arm));
  }

  show() {
    const { session } = this;
    const key = session.run ? `${session.run.id}|${session.run.status}|${this.revealed}|${session.run.take}` : `form|${session.scene?.id}|${session.draft.arms.join()}|${session.busy}`;
    if (key === this.key) return;
    const focused = this.host.contains(document.activeElement);
    this.key = key;
    this.host.replaceChildren(session.run ? this.summary() : this.form());
    this.host.hidden = this.host.firstElementChild?.childElementCount === 0;
    if (focused && session.run) this.host.querySelector("h2")?.focus();
  }

  /** The measured values are shown only when the run has been watched to its end. */
  get revealed() {
    return this.session.run?.status === "finished" && this.session.player.ended;
  }

  form() {
    const questions = this.questions.map((question) => this.field(question));
    const commit = h("button", { type: "button", class: "btn primary large", disabled: this.session.busy, onclick: () => this.commit() }, icon("play"), questions.length ? "Commit and run" : "Run");
    const skip = questions.length ? h("button", { type: "button", class: "btn ghost", disabled: this.session.busy, onclick: () => this.session.start(null) }, "Run without a guess") : null;
    const lead = questions.length ? h("p", { class: "muted small" }, "Say what you expect before you see it. The guess is scored against the measurement.") : null;
    return h("div", { class: "card prediction" }, h("h2", {}, questions.length ? "Predict, then run" : "Run it"), lead, questions, h("div", { class: "row" }, commit, skip));
  }

  field(question) {
    return question.kind === "arm" ? this.armField(question) : this.numberField(question);
  }

  armField(question) {
    const name = uniqueId("guess");
    const option = (arm) => h("label", { class: "choice" }, h("input", { type: "radio", name, checked: this.guesses[question.id] === arm, onchange: () => this.guess(question, arm) }), h("span", {}, swatch(this.session.armIndex(arm)), " ", this.session.armLabel(arm)));
    return h("fieldset", { class: "guess" }, h("legend", { class: "label" }, question.text), h("div", { class: "guess-arms" }, this.session.arms.map(option)));
  }

  numberField(question) {
    const id = uniqueId("guess");
    const middle = (question.minimum + question.maximum) / 2;
    const value = this.guesses[question.id];
    const output = h("output", { class: "guess-value", for: id }, value === undefined ? "no guess yet" : quantity(value, unitOf(question)));
    const set = () => {
      this.guess(question, Number(range.value));
      output.textContent = quantity(Number(range.value), unitOf(question));
      range.setAttribute("aria-valuetext", output.textContent);
    };
    const range = h("input", { type: "range", id, min: question.minimum, max: question.maximum, step: (question.maximum - question.minimum) / 100, value: value ?? middle, "aria-valuetext": output.textContent, oninput: set, onpointerdown: () => setTimeout(set) });
    return h("div", { class: "guess" }, h("label", { class: "label", for: id }, question.text), h("div", { class: "guess-row" }, range, output));
  }

  guess(question, value) {
    this.guesses[question.id] = value;
    this.missing?.remove();
  }

  commit() {
    const missing = this.questions.filter(({ id }) => this.guesses[id] === undefined);
    if (missing.length) {
      this.missing?.remove();
      this.missing = h("p", { class: "error", role: "alert" }, missing.length === 1 ? `One guess is missing: ${missing[0].text}` : `${missing.length} guesses are missing. Move each slider, or run without a guess.`);
      return this.host.querySelector(".row").before(this.missing);
    }
    const given = Object.fromEntries(this.questions.map(({ id }) => [id, this.guesses[id]]));
    this.session.start(given);
  }

  summary() {
    const { prediction } = this.session.run;
    const card = h("div", { class: "card prediction done" });
    if (!prediction || Object.keys(prediction).length === 0) return card;
    const rows = this.session.description.predictions.filter(({ id }) => prediction[id] !== undefined).map((question) => this.scored(question, prediction[question.id]));
    card.append(h("h2", { tabindex: -1 }, "Your prediction"), h("ul", { class: "scored" }, rows));
    if (!this.revealed) card.append(h("p", { class: "muted small" }, "Scored when the run has played to its end."));
    return card;
  }

  scored(question, guess) {
    const said = question.kind === "arm" ? this.session.armLabel(guess) : quantity(guess, unitOf(question));
    const { finished } = this.session.buffer;
    if (!this.revealed || !finished) return h("li", {}, h("span", {}, question.text), h("b", {}, said));
    const outcome = question.kind === "arm" ? this.armOutcome(question, guess, finished) : numberOutcome(question, guess, finished);
    return h("li", { class: outcome.right ? "right" : "off" }, h("span", {}, question.text), h("b", {}, said), h("span", { class: `badge ${outcome.right ? "ok" : "warn"}` }, outcome.text));
  }

  armOutcome(question, guess, finished) {
    const best = bestArms(this.session.description, question.metric, finished.metrics);
    const right = best.includes(guess);
    return { right, text: right ? "right" : best.length ? `it was ${best.map((arm) => this.session.armLabel(arm)).join(" or ")}` : "not measured" };
  }
}

/** The arms whose metric is best; more than one where they tie. */
export function bestArms(description, metric, metrics) {
  const better = description.metrics.find(({ name }) => name === metric)?.better;
  const found = Object.entries(metrics).filter(([, values]) => Number.isFinite(values[metric] ?? NaN));
  if (!found.length || !better) return [];
  const pick = better === "lower" ? Math.min : Math.max;
  const best = pick(...found.map(([, values]) => values[metric]));
  return found.filter(([, values]) => values[metric] === best).map(([arm]) => arm);
}

function numberOutcome(question, guess, finished) {
  const measured = finished.metrics[question.arm]?.[question.metric] ?? null;
  if (measured === null) return { right: false, text: "not measured" };
  const allowed = question.tolerance * Math.max(Math.abs(measured), 0.01 * (question.maximum - question.minimum));
  const distance = Math.abs(guess - measured);
  if (distance <= allowed) return { right: true, text: `right: ${quantity(measured, unitOf(question))}` };
  return { right: false, text: `measured ${quantity(measured, unitOf(question))}, score ${Math.round((100 * allowed) / distance)} %` };
}
