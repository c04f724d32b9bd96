// The time left, by the server's clock: what the server says is left, counted down on a clock that nobody can set.

const WARNINGS = [
  [5 * 60, "Five minutes left."],
  [60, "One minute left."],
];

export class Clock {
  /** @param {HTMLElement} box  @param {{say: (words: string) => void, over: () => void, lastWords: string}} on */
  constructor(box, on) {
    this.box = box;
    this.on = on;
    this.time = box.querySelector("[data-time]");
    this.endsAt = null;
    this.said = new Set();
    this.hideButton = box.querySelector("[data-hide-clock]");
    this.hideButton.addEventListener("click", () => this.hide(!this.hidden));
    this.hide(readHidden());
  }

  /** Of the state: the time left, and the limit with its extra. `tripMs`: how long asking took; half of that was the way back. */
  set({ left_ms: leftMs, base_ms: baseMs, extra_ms: extraMs }, tripMs = 0) {
    this.box.hidden = leftMs === null;
    if (leftMs === null) return;
    this.showExtra(baseMs, extraMs);
    const endsAt = performance.now() + leftMs - tripMs / 2;
    const first = this.endsAt === null;
    this.endsAt = first ? endsAt : Math.abs(endsAt - this.endsAt) > 400 ? endsAt : this.endsAt;
    if (first) for (const [second] of WARNINGS) if (this.leftS <= second) this.said.add(second);
    this.tick();
  }

  /** “20 min + 5 min extra”; more while it runs is said. */
  showExtra(baseMs, extraMs) {
    if (this.extraMs !== undefined && extraMs > this.extraMs) this.on.say(`You were given ${span(extraMs - this.extraMs)} more.`);
    this.extraMs = extraMs;
    this.box.querySelector("[data-extra]").textContent = extraMs ? `${baseMs ? `${span(baseMs)} ` : ""}+ ${span(extraMs)} extra` : "";
  }

  get leftS() {
    return Math.max(0, (this.endsAt - performance.now()) / 1000);
  }

  tick() {
    clearTimeout(this.timer);
    const left = this.leftS;
    this.time.textContent = this.hidden ? "hidden" : words(left);
    this.box.classList.toggle("late", left <= 60);
    for (const [second, text] of WARNINGS) this.warn(second, text, left);
    if (left > 0) this.timer = setTimeout(() => this.tick(), Math.min(1000, (left % 1) * 1000 + 20));
    else if (!this.ended) {
      this.ended = true;
      this.on.over();
    }
  }

  warn(second, text, left) {
    if (left > second) this.said.delete(second); // the time was extended
    else if (!this.said.has(second)) {
      this.said.add(second);
      if (left > 0) this.on.say(second === 60 ? `${text} ${this.on.lastWords}` : text);
    }
  }

  hide(hidden) {
    this.hidden = hidden;
    this.hideButton.textContent = hidden ? "Show time" : "Hide time";
    this.hideButton.setAttribute("aria-pressed", String(hidden));
    this.box.classList.toggle("hidden-time", hidden);
    rememberHidden(hidden);
    if (this.endsAt !== null) this.tick();
  }
}

function words(seconds) {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function span(ms) {
  const seconds = Math.round(ms / 1000);
  const parts = [[Math.floor(seconds / 60), "min"], [seconds % 60, "s"]];
  return parts.filter(([value]) => value).map(([value, unit]) => `${value} ${unit}`).join(" ");
}

const NAME = "plimsoll:hide-clock";

function readHidden() {
  try {
    return localStorage.getItem(NAME) === "yes";
  } catch {
    return false;
  }
}

function rememberHidden(hidden) {
  try {
    localStorage.setItem(NAME, hidden ? "yes" : "no");
  } catch {
    /* only remembered on this page */
  }
}
