// How long each question was looked at: seconds in which the page was in front and the person did something not long ago.

const TICK_MS = 1000;
const IDLE_AFTER_MS = 2 * 60 * 1000;

export class ActiveTime {
  /** @param {() => string | undefined} current  the name of the question in view */
  constructor(current) {
    this.current = current;
    this.total = new Map(); // question -> milliseconds in all, the server's share included
    this.told = new Map();
    this.lastSign = performance.now();
    for (const sign of ["pointerdown", "keydown", "scroll"]) {
      document.addEventListener(sign, () => (this.lastSign = performance.now()), { passive: true });
    }
    setInterval(() => this.tick(), TICK_MS);
  }

  /** What the server knows, from an earlier visit or another window. */
  adopt(name, ms) {
    if (ms > (this.total.get(name) ?? 0)) this.total.set(name, ms);
  }

  tick() {
    const name = this.current();
    if (!name || document.hidden || performance.now() - this.lastSign > IDLE_AFTER_MS) return;
    this.total.set(name, (this.total.get(name) ?? 0) + TICK_MS);
  }

  /** What has grown since it was last told. */
  news() {
    const grown = [...this.total].filter(([name, ms]) => ms > (this.told.get(name) ?? 0));
    return Object.fromEntries(grown);
  }

  acknowledged(news) {
    for (const [name, ms] of Object.entries(news)) this.told.set(name, ms);
  }
}
