// Handing in: says what is unanswered, flagged or unsent, sends the rest first, and only then lets go.

export class HandIn {
  constructor(root, page) {
    this.root = root;
    this.page = page;
    this.dialog = root.querySelector("#hand-in");
    this.words = this.dialog.querySelector("[data-hand-in-words]");
    this.form = this.dialog.querySelector("[data-submit]");
    this.button = this.form.querySelector("button");
    this.abandons = "abandons" in this.dialog.dataset; // what is not handed in when the time is over does not count
    root.addEventListener("click", (event) => event.target.closest("[data-open-hand-in]") && this.open(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.now();
    });
  }

  open(event) {
    event.target.closest("dialog")?.close();
    this.refresh(true);
    this.dialog.showModal();
  }

  /** Send everything, then hand in. While the connection is away it waits, and says so. */
  async now() {
    this.wanted = true;
    this.button.classList.add("busy");
    await this.page.saver.flush();
    await this.page.saver.refresh(); // a form sent into a dead connection would leave the page
    this.refresh(true);
  }

  refresh(always = false) {
    if (this.wanted && this.ready) {
      this.wanted = false;
      this.form.submit();
    } else if (this.dialog.open || always) {
      this.words.replaceChildren(...this.sentences(this.page.saver.waiting));
    }
  }

  get ready() {
    const { waiting, sending, closed, failures } = this.page.saver;
    return !waiting && !sending && !closed && !failures && navigator.onLine !== false;
  }

  sentences(waiting) {
    const open = this.page.unanswered;
    const flagged = [...this.page.flagged].sort((one, other) => one - other);
    const said = [open.length ? line("Without an answer: ", open, this.dialog) : line("Every question has an answer.")];
    if (flagged.length) said.push(line("Flagged for later: ", flagged, this.dialog));
    if (waiting) said.push(line(`${waiting} answer${waiting === 1 ? " waits" : "s wait"} for the connection and will be sent first.`));
    else if (this.wanted && this.page.saver.failures) said.push(line("The connection is away. This is handed in as soon as it is back."));
    said.push(line(this.dialog.dataset.final));
    return said;
  }
}

function line(words, names = [], dialog = null) {
  const paragraph = document.createElement("p");
  paragraph.append(words);
  names.forEach((name, index) => {
    const link = Object.assign(document.createElement("a"), { href: `#q${name}`, textContent: `question ${name}` });
    link.dataset.goto = name;
    paragraph.append(index ? ", " : "", link);
  });
  if (dialog && names.length) paragraph.append(".");
  return paragraph;
}
