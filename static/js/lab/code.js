/** The pattern's code, as the lab runs it, with the lines that this run went through marked. */
import { get } from "./api.js";
import { h, setText, uniqueId } from "./dom.js";
import { mountTabs } from "../site/tabs.js";

const ASK_AGAIN_MS = 1500;
const ASK_AT_MOST = 40;

export class Code {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session) {
    Object.assign(this, { host, session, lines: null, askedFor: "", arm: null });
    const { patterns } = session.description;
    if (!patterns.length) return;
    this.build(patterns);
    session.addEventListener("run", () => this.ask());
    document.addEventListener("armselected", ({ detail }) => this.choose(detail));
    this.askWhenSeen();
  }

  build(patterns) {
    this.note = h("p", { class: "muted small", role: "status" });
    this.listings = patterns.map((pattern) => listing(pattern));
    const tabs = patterns.map((pattern, i) => h("button", { type: "button", role: "tab", id: `${this.listings[i].id}-tab`, "aria-controls": this.listings[i].id, "aria-selected": String(i === 0) }, pattern.title));
    const list = h("div", { class: "tabs", role: "tablist", "data-tabs": true, "aria-label": "Patterns" }, tabs);
    this.listings.forEach(({ element, id }) => element.setAttribute("aria-labelledby", `${id}-tab`));
    this.host.replaceChildren(h("div", { class: "card code-card" }, h("header", {}, h("h2", {}, "The code that ran"), this.note), list, this.listings.map(({ element }) => element)));
    mountTabs(this.host);
  }

  /** Tracing costs the server more than the run did, so it is asked for when the code comes into sight. */
  askWhenSeen() {
    this.seen = false;
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watch.disconnect();
      this.seen = true;
      this.ask();
    }, { rootMargin: "300px" });
    watch.observe(this.host);
    this.mark();
  }

  choose(arm) {
    this.arm = arm;
    this.mark();
  }

  /** The lines are traced once a run has finished; until they are, ask now and then. */
  ask(turn = 0) {
    if (!this.seen) return;
    const { run } = this.session;
    const wanted = run?.status === "finished" && !this.session.busy ? `${run.id}.${run.take}` : "";
    if (turn === 0 && wanted === this.askedFor) return;
    this.askedFor = wanted;
    if (!wanted) {
      this.lines = null;
      return this.mark();
    }
    if (turn === 0) setText(this.note, "Finding the lines that ran …");
    get(run.lines_url).then((answer) => this.answered(answer, wanted, turn), (refusal) => setText(this.note, refusal.message));
  }

  answered({ pending, status, ...lines }, wanted, turn) {
    if (wanted !== this.askedFor) return;
    if (!pending && status !== 202) {
      this.lines = lines;
      this.mark();
      this.showFirstLines();
    } else if (turn < ASK_AT_MOST) setTimeout(() => wanted === this.askedFor && this.ask(turn + 1), ASK_AGAIN_MS);
    else setText(this.note, "The lines that ran could not be found in time. Reload the page to ask again.");
  }

  /** Below the module's docstring, where the code that ran begins; whoever has scrolled already is left alone. */
  showFirstLines() {
    for (const { element } of this.listings) {
      const pre = element.querySelector("pre");
      const first = pre.querySelector(".ran");
      if (first && pre.scrollTop === 0) pre.scrollTop = Math.max(0, first.offsetTop - pre.offsetTop - 48);
    }
  }

  mark() {
    const arm = this.session.arms.includes(this.arm) ? this.arm : this.session.arms.at(-1);
    const ofArm = this.lines?.[arm];
    for (const { lines, dotted } of this.listings) {
      const ran = new Set(ofArm?.[dotted] ?? []);
      for (const [number, element] of lines) {
        element.classList.toggle("ran", ran.has(number));
        element.classList.toggle("idle", Boolean(ofArm) && !ran.has(number));
      }
    }
    if (this.lines) setText(this.note, `Marked: lines that ran in “${this.session.armLabel(arm)}”.`);
    else if (!this.askedFor) setText(this.note, "This is the module that the lab executes. Lines that ran are marked after a run.");
  }
}

/** Splits the source into lines, so that each can be marked; Pygments never lets a span cross a line. */
function listing({ dotted, source_html, source, first_line }) {
  const id = uniqueId("code");
  const lines = (source_html ? highlightedLines(source_html) : plainLines(source)).map((fill, i) => codeLine(fill, (first_line || 1) + i));
  const code = h("code", {}, lines.map(([, element]) => element));
  const element = h("div", { id, role: "tabpanel", class: "highlight listing" }, h("span", { class: "filename" }, dotted), h("pre", { tabindex: 0, "aria-label": `Source of ${dotted}` }, code));
  return { id, element, dotted, lines };
}

function highlightedLines(html) {
  const lines = html.replace(/\n$/, "").split("\n");
  return lines.map((line) => (element) => element.insertAdjacentHTML("beforeend", `${line}\n`));
}

function plainLines(source) {
  return source.replace(/\n$/, "").split("\n").map((line) => (element) => element.append(`${line}\n`));
}

function codeLine(fill, number) {
  const line = h("span", { class: "code-line", "data-linenos": number });
  fill(line);
  return [number, line];
}
