// Practice: an answer is judged at once, hints come one by one, the solution is shown on demand. The answer itself is saved
// the usual way first; then the server is asked to judge what it holds.

import { lock } from "./inputs/index.js";
import { postJson } from "./wire.js";

export class Practice {
  constructor(page) {
    this.page = page;
    page.root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-practice-step]");
      if (button) this.step(button);
    });
  }

  async step(button) {
    const question = button.closest("[data-question]");
    const name = question.dataset.question;
    const { practiceStep: step, number } = button.dataset;
    const what = step === "check" ? await this.saved(question) : Number(number ?? 0);
    if (what === null) return;
    button.classList.add("busy");
    try {
      const url = this.page.root.dataset.questionUrl.replace("/0/", `/${name}/`);
      const { status, body } = await postJson(`${url}${step}/`, { number: what });
      if (status === 200) this.show(question, body);
      else this.page.say(question, body.message);
    } catch {
      this.page.say(question, "The server cannot be reached. Your answer is kept here; try again when the connection is back.");
    } finally {
      button.classList.remove("busy");
    }
  }

  /** The sequence number under which the server holds the answer; null, and said why, where it does not. */
  async saved(question) {
    const name = question.dataset.question;
    if (this.page.valueOf(name) === null) {
      this.page.say(question, "Give an answer first.");
      return null;
    }
    await this.page.saver.flush();
    if (this.page.refused.has(name)) return null; // the page says what is wrong with it
    if (!this.page.outbox.of(name)) return this.page.shown.get(name);
    this.page.say(question, "The answer has not reached the server yet. Try again when the connection is back.");
    return null;
  }

  show(question, { html, closed, state }) {
    const box = question.querySelector("[data-tried]");
    box.innerHTML = html;
    if (closed) lock(question);
    this.page.showError(question.dataset.question, "");
    this.page.adopt(state);
    box.querySelector("[data-verdict], .hint:last-of-type, .solution")?.focus({ preventScroll: false });
  }
}
