// The card on the page: front, answer, back, ratings. It asks; what is done with a rating is the session's business.

import { lock, pick, readAnswer, startInputs } from "../quizzes/inputs/index.js";

export class Stage {
  /** @param {HTMLElement} box  @param {{rate: Function, answer: Function, putAway: Function}} on */
  constructor(box, on) {
    this.box = box;
    this.on = on;
    this.card = null;
    box.addEventListener("click", (event) => this.clicked(event));
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check(false);
    });
  }

  show(card) {
    this.card = card;
    this.score = null;
    this.suggested = 3;
    this.revealed = false;
    this.since = performance.now();
    this.box.innerHTML = card.html; // made and sanitised by the server
    runModules(this.box);
    startInputs(this.box);
    if (this.box.getBoundingClientRect().top < 0) this.box.scrollIntoView({ block: "start" });
    this.part("[data-card]").focus({ preventScroll: true });
  }

  /** Instead of a card: words, such as that all is done. */
  say(html) {
    this.card = null;
    this.box.innerHTML = html;
    for (const time of this.box.querySelectorAll("[data-local-time]")) time.textContent = localTime(time.dateTime);
  }

  part(selector) {
    return this.box.querySelector(selector);
  }

  clicked(event) {
    const hit = (selector) => event.target.closest(selector);
    if (!this.card) return;
    if (hit("[data-show]")) this.reveal();
    else if (hit("[data-give-up]")) this.check(true);
    else if (hit("[data-rating]")) this.rate(Number(hit("[data-rating]").dataset.rating));
    else if (hit("[data-bury]")) this.on.putAway("bury");
    else if (hit("[data-suspend]")) this.on.putAway("suspend");
  }

  /** The next step, whatever it is: the answer, else the suggested rating. */
  onward() {
    if (!this.card) return;
    if (this.revealed) this.rate(this.suggested);
    else if (this.card.kind === "question") this.check(false);
    else this.reveal();
  }

  reveal() {
    this.part("[data-show-box]")?.remove();
    this.opened();
  }

  async check(giveUp) {
    const { card } = this;
    const form = this.part("[data-answer]");
    if (!form || this.checking) return;
    const value = giveUp ? null : readAnswer(form.querySelector("[data-question]"));
    if (!giveUp && value === null) return this.wrong("Give an answer first, or ask for the answer.");
    this.checking = true;
    const reply = await this.on.answer(card, value, giveUp);
    this.checking = false;
    if (card !== this.card) return;
    if (reply.problem) return this.wrong(reply.problem);
    lock(form.querySelector("[data-question]"));
    form.hidden = true;
    this.part("[data-result]").innerHTML = reply.html;
    runModules(this.part("[data-result]"));
    this.score = giveUp ? null : reply.score;
    this.suggested = reply.proposed;
    this.opened();
  }

  wrong(words) {
    const line = this.part("[data-card-error]");
    line.textContent = words;
    line.hidden = false;
  }

  opened() {
    this.revealed = true;
    const result = this.part("[data-result]");
    result.hidden = false;
    this.part("[data-after]")?.removeAttribute("hidden");
    this.part("[data-ratings]").hidden = false;
    this.part(`[data-rating="${this.suggested}"]`).classList.add("primary");
    result.focus({ preventScroll: true });
    result.scrollIntoView({ block: result.offsetHeight > innerHeight / 2 ? "start" : "nearest" }); // the ratings stay in view
  }

  /** A key from 1 to 9 (counted from 0): an option before the answer, a rating after it. */
  digit(index) {
    if (!this.card) return;
    if (this.revealed) this.rate(index + 1);
    else if (this.card.kind === "question") pick(this.box, index);
  }

  rate(rating) {
    if (!this.revealed || rating < 1 || rating > 4) return;
    this.on.rate(this.card, rating, { duration_ms: Math.round(performance.now() - this.since), score: this.score });
  }
}

/** A kind of question may bring a script of the site's with it; what comes as text does not run by itself. Each runs once. */
function runModules(root) {
  for (const { src } of root.querySelectorAll('script[type="module"][src]')) import(src).catch(() => {}); // the next card tries again
}

function localTime(moment) {
  const at = new Date(moment);
  const day = at.toDateString() === new Date().toDateString() ? "today" : at.toLocaleDateString(undefined, { day: "numeric", month: "long" });
  return `${day}, ${at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}`;
}
