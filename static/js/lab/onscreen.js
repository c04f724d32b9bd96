/** What fits on the screen, and what is on it. */

/** A phone, by the same measure as in the style sheets. */
export const isNarrow = () => matchMedia("(max-width: 40rem)").matches;

/** Which elements are in sight, or nearly: what nobody sees need not be drawn sixty times a second. */
export class Onscreen {
  /** @param {function(Element): void} onenter one has come into sight */
  constructor(onenter) {
    this.seen = new Set();
    this.observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.note(entry, onenter)), { rootMargin: "40% 0px" });
  }

  note({ target, isIntersecting }, onenter) {
    if (!isIntersecting) return void this.seen.delete(target);
    this.seen.add(target);
    onenter(target);
  }

  /** Watches these and no others. */
  watch(elements) {
    this.observer.disconnect();
    this.seen.clear();
    for (const element of elements) this.observer.observe(element);
  }

  has(element) {
    return this.seen.has(element);
  }
}
