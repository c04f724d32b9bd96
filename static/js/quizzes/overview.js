// The numbered overview and the walk from question to question. Both overviews (beside the page, in the sheet) are kept alike.

export class Overview {
  constructor(root) {
    this.root = root;
    this.questions = [...root.querySelectorAll("[data-question]")];
    this.current = this.questions[0];
    this.layout = root.dataset.layout;
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("focusin", (event) => this.reached(event.target.closest("[data-question]")));
    this.watchScrolling();
    this.setLayout(this.layout);
  }

  question(name) {
    return this.questions.find((question) => question.dataset.question === name);
  }

  clicked(event) {
    const layout = event.target.closest("[data-set-layout]");
    const link = event.target.closest("[data-goto]");
    const step = event.target.closest("[data-step]");
    if (layout) this.setLayout(layout.dataset.setLayout);
    if (step) this.step(Number(step.dataset.step));
    if (link) {
      event.preventDefault();
      link.closest("dialog")?.close();
      this.goTo(this.question(link.dataset.goto));
    }
  }

  goTo(question) {
    if (!question) return;
    this.reached(question);
    question.focus({ preventScroll: true });
    question.scrollIntoView({ block: "start" });
  }

  step(by) {
    this.goTo(this.questions[this.questions.indexOf(this.current) + by]);
  }

  /** The next question without an answer, from the current one on and round again. */
  nextOpen() {
    const from = this.questions.indexOf(this.current) + 1;
    const round = [...this.questions.slice(from), ...this.questions.slice(0, from)];
    this.goTo(round.find((question) => !question.hasAttribute("data-answered")));
  }

  reached(question) {
    if (!question || question === this.current) return;
    this.current = question;
    this.show();
  }

  setLayout(layout) {
    this.layout = layout;
    this.root.dataset.layout = layout;
    for (const button of this.root.querySelectorAll("[data-set-layout]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLayout === layout));
    }
    this.show();
  }

  /** `answered` and `flagged`: sets of question names. */
  mark(answered, flagged) {
    for (const question of this.questions) {
      const name = question.dataset.question;
      question.toggleAttribute("data-answered", answered.has(name));
      question.toggleAttribute("data-flagged", flagged.has(name));
      question.querySelector("[data-flag]").setAttribute("aria-pressed", String(flagged.has(name)));
      question.querySelector("[data-flag] span").textContent = flagged.has(name) ? "Flagged" : "Flag for later";
      question.querySelector("[data-clear]").hidden = !answered.has(name) || question.hasAttribute("data-closed");
    }
    this.show();
  }

  show() {
    const at = this.questions.indexOf(this.current);
    const answered = this.questions.filter((question) => question.hasAttribute("data-answered"));
    for (const question of this.questions) {
      question.hidden = this.layout === "one" && question !== this.current;
      question.toggleAttribute("data-current", question === this.current);
    }
    for (const count of this.root.querySelectorAll("[data-answered]:not([data-question])")) count.textContent = answered.length;
    for (const link of this.root.querySelectorAll("[data-goto]")) this.showLink(link);
    for (const text of this.root.querySelectorAll("[data-step-text]")) text.textContent = `${at + 1} of ${this.questions.length}`;
    for (const button of this.root.querySelectorAll("[data-step]")) button.disabled = !this.questions[at + Number(button.dataset.step)];
  }

  showLink(link) {
    const question = this.question(link.dataset.goto);
    const done = question.hasAttribute("data-answered");
    const flagged = question.hasAttribute("data-flagged");
    link.classList.toggle("answered", done);
    link.classList.toggle("flagged", flagged);
    if (question === this.current) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
    const state = link.querySelector("[data-goto-state]"); // the links of the hand-in dialog say it in their sentence
    if (state) state.textContent = `${done ? "answered" : "unanswered"}${flagged ? ", flagged" : ""}`;
  }

  watchScrolling() {
    const seen = new IntersectionObserver(
      (entries) => {
        const top = entries.find((entry) => entry.isIntersecting);
        if (top && this.layout === "all" && !this.root.contains(document.activeElement?.closest("[data-question]"))) {
          this.reached(top.target);
        }
      },
      { rootMargin: "-20% 0px -70% 0px" },
    );
    for (const question of this.questions) seen.observe(question);
  }
}
