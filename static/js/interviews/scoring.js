// The scoring page: points, quotations, remarks of each rubric item, saved as they are given; keys and quoting.

import { startKeys } from "../quizzes/keys.js";
import { Keeping, mountEndings, scoringBox } from "./keeping.js";
import { Quoting } from "./quoting.js";

export class ScoringPage {
  constructor(root) {
    this.root = root;
    this.items = [...root.querySelectorAll("[data-item]")];
    this.current = this.items[0];
    this.quoting = new Quoting(root, (text, item) => this.quote(text, item ?? this.current));
    this.keeping = new Keeping(root, scoringBox(root.dataset.scoring), {
      words: "Everything saved",
      show: (name, value) => this.write(name, value),
      state: () => this.count(),
      gaveWay: (name, theirs) => this.write(name, theirs),
      refused: (name, words) => this.refuse(name, words),
      told: () => this.showStates(),
      closed: () => location.reload(),
    });
    this.listen();
    this.keeping.start(JSON.parse(document.getElementById("scoring-state").textContent));
    mountEndings(root, this.keeping);
  }

  listen() {
    const rubric = this.root.querySelector("[data-rubric]");
    rubric.addEventListener("submit", (event) => event.preventDefault());
    rubric.addEventListener("change", (event) => this.said(event.target, 0));
    rubric.addEventListener("input", (event) => event.target.matches("textarea, [data-remark]") && this.said(event.target));
    rubric.addEventListener("focusin", (event) => this.make(event.target.closest("[data-item]")));
    rubric.addEventListener("click", (event) => {
      const item = event.target.closest("[data-item]");
      this.make(item);
      if (event.target.closest("[data-quote]")) this.quoting.take(item);
    });
    this.root.querySelector("[data-scoring-views]").addEventListener("change", (event) => this.view(event.target.value));
    this.root.querySelector("[data-rest]").addEventListener("click", () => this.restNotSeen());
    this.root.querySelector("[data-open-finish]").addEventListener("click", () => this.openFinish());
    const points = (number) => () => this.points(this.current, number);
    startKeys(this.root, {
      pick: (index) => index < 2 && points(index + 1)(),
      keys: { 0: points(0), j: () => this.step(1), k: () => this.step(-1), q: () => this.quoting.take(this.current), a: () => this.current.querySelector("[data-aloud]").click(), u: () => this.nextOpen(), "?": () => this.root.querySelector("#keys").showModal() },
    });
  }

  item(name) {
    return this.items.find((item) => item.dataset.item === name);
  }

  make(item) {
    if (!item || item === this.current) return;
    this.current?.removeAttribute("data-current");
    this.current = item;
    item.setAttribute("data-current", "");
  }

  /** Where there is room for one side only. */
  view(name) {
    this.root.dataset.view = name;
    this.root.querySelector(`[name="scoring-view"][value="${name}"]`).checked = true;
  }

  go(item) {
    if (!item) return;
    this.view("rubric");
    this.make(item);
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  step(by) {
    this.go(this.items[this.items.indexOf(this.current) + by]);
  }

  nextOpen() {
    this.go(this.items.find((item) => valueOf(item).points === null));
  }

  points(item, number) {
    item.querySelector(`input[value="${number}"]`).click();
  }

  quote(text, item) {
    item.querySelector("[data-quotation]").value = text;
    this.said(item.querySelector("[data-quotation]"), 0);
    this.go(item);
  }

  said(target, pauseMs) {
    const item = target.closest("[data-item]");
    this.refuse(item.dataset.item, "");
    this.keeping.give(item.dataset.item, valueOf(item), pauseMs);
    this.count();
  }

  write(name, value) {
    const item = this.item(name);
    if (!item) return;
    for (const radio of item.querySelectorAll("input[type=radio]")) radio.checked = Number(radio.value) === value.points && value.points !== null;
    item.querySelector("[data-quotation]").value = value.quotation;
    item.querySelector("[data-aloud]").checked = value.aloud;
    item.querySelector("[data-remark]").value = value.remark;
    this.count();
  }

  refuse(name, words) {
    const box = this.item(name)?.querySelector("[data-item-error]");
    if (!box) return;
    box.textContent = words ? `Not saved: ${words}` : "";
    box.hidden = !words;
    this.showStates();
  }

  restNotSeen() {
    const open = this.items.filter((item) => valueOf(item).points === null);
    for (const item of open) this.points(item, 0);
    this.keeping.announce(open.length ? `${open.length} items set to “not seen”. Each can still be changed.` : "Every item has points.");
  }

  /** What is there and what is missing, as the server will judge it. */
  count() {
    const values = this.items.map(valueOf);
    const scored = values.filter(({ points }) => points !== null).length;
    const bare = values.filter(({ points, quotation, aloud }) => points > 0 && !quotation && !aloud).length;
    this.root.querySelector("[data-scored-count]").textContent = scored;
    this.root.querySelector("[data-bare-count]").textContent = bare ? `, ${bare} without evidence` : "";
    for (const [index, item] of this.items.entries()) {
      item.dataset.points = values[index].points ?? "";
      item.classList.toggle("bare", values[index].points > 0 && !values[index].quotation && !values[index].aloud);
    }
    return { open: values.length - scored, bare };
  }

  showStates() {
    for (const item of this.items) {
      const wrong = !item.querySelector("[data-item-error]").hidden;
      item.querySelector("[data-item-state]").textContent = wrong ? "" : (this.keeping?.wordsFor(item.dataset.item) ?? "");
    }
  }

  openFinish() {
    const { open, bare } = this.count();
    const missing = [open && `${open} ${open === 1 ? "item has" : "items have"} no points yet.`, bare && `${bare} scored ${bare === 1 ? "item has" : "items have"} no evidence: quote the notes, or mark it as said aloud.`].filter(Boolean);
    this.root.querySelector("[data-finish-words]").textContent = missing.join(" ") || "Every item has its points, and its evidence where it needs one.";
    this.root.querySelector("#finish-dialog button[type=submit]").disabled = missing.length > 0;
    this.root.querySelector("#finish-dialog").showModal();
  }
}

function valueOf(item) {
  const chosen = item.querySelector("input[type=radio]:checked");
  return {
    points: chosen ? Number(chosen.value) : null,
    quotation: item.querySelector("[data-quotation]").value.trim(),
    aloud: item.querySelector("[data-aloud]").checked,
    remark: item.querySelector("[data-remark]").value.trim(),
  };
}
