/** The picture of the selected arm, or small ones of all arms; the legend; the state in words. */
import { h, setText, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { colour, swatch } from "./palette.js";
import { clock, number } from "./format.js";
import { Picture } from "./picture.js";
import { drawSymbol, requestsPerSymbol } from "./picture_flow.js";
import { groupWords } from "./picture_group.js";
import { Spots } from "./picture_spots.js";
import { StageTable } from "./stage_table.js";
import { OUTCOMES, OUTCOME_WORDS } from "./types.js";

const SPOKEN_EVERY_MS = 4000;

export class Stage {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session, { compact = false } = {}) {
    Object.assign(this, { host, session, compact, all: false, selected: null, spokenAt: 0 });
    this.tabs = h("div", { class: "arm-tabs", role: "group", "aria-label": "Variant shown in the picture" });
    this.frame = h("div", { class: "stage-frame" });
    this.rule = h("p", { class: "arm-rule" });
    this.legend = h("div", { class: "stage-legend" });
    this.spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
    this.words = h("p", { class: "stage-words", id: uniqueId("stage-words") });
    this.table = compact ? null : new StageTable(session);
    host.replaceChildren(h("div", { class: "stage-card" }, this.tabs, this.rule, this.frame, this.legend, this.words, this.table?.element, this.spoken));
    this.build();
    session.addEventListener("run", () => this.buildIfArmsChanged());
    session.addEventListener("draft", () => this.buildIfArmsChanged());
    session.addEventListener("data", () => this.draw());
    session.player.addEventListener("move", () => this.draw());
    session.player.addEventListener("state", () => this.draw());
    document.addEventListener("themechange", () => this.redraw());
    document.addEventListener("armwanted", ({ detail }) => this.session.arms.includes(detail) && this.select(detail));
  }

  buildIfArmsChanged() {
    if (this.session.arms.join() !== this.built) this.build();
    this.draw();
  }

  build() {
    const { arms } = this.session;
    this.built = arms.join();
    if (!arms.includes(this.selected)) this.selected = this.session.firstShown;
    this.buildTabs(arms);
    const shown = this.all ? arms : [this.selected];
    this.pictures = new Map(shown.map((arm) => [arm, new Picture(this.session.description, { compact: this.all || this.compact })]));
    const cells = [...this.pictures].map(([arm, picture]) => h("figure", { class: "stage-cell" }, this.all && h("figcaption", {}, swatch(this.session.armIndex(arm)), this.session.armLabel(arm)), picture.canvas));
    this.frame.classList.toggle("many", this.all);
    this.frame.replaceChildren(...cells);
    this.spots?.close();
    this.spots = this.all || this.compact ? null : new Spots(cells[0], this.pictures.get(this.selected), this.session);
    const rule = this.session.description.arms.find(({ name }) => name === this.selected)?.rule ?? "";
    setText(this.rule, this.all ? "Every variant meets the same requests and the same faults." : rule);
    this.draw();
  }

  buildTabs(arms) {
    const buttons = arms.map((arm, i) => h("button", { type: "button", "aria-pressed": String(!this.all && arm === this.selected), title: i < 9 ? `Key ${i + 1}` : null, onclick: () => this.select(arm) }, swatch(this.session.armIndex(arm)), this.session.armLabel(arm)));
    if (arms.length > 1) buttons.push(h("button", { type: "button", class: "all-arms", "aria-pressed": String(this.all), title: "Key 0", onclick: () => this.showAll() }, icon("grid"), "All"));
    this.tabs.replaceChildren(...buttons);
    const pressed = this.tabs.querySelector('[aria-pressed="true"]');
    if (pressed) this.tabs.scrollLeft = Math.max(0, pressed.offsetLeft - this.tabs.offsetLeft - 40);
  }

  select(arm) {
    this.selected = arm;
    this.all = false;
    this.build();
    this.host.dispatchEvent(new CustomEvent("armselected", { detail: arm, bubbles: true }));
  }

  showAll() {
    this.all = true;
    this.build();
  }

  /** @param {number} position as on the keyboard: 1 is the first arm, 0 shows all */
  selectByNumber(position) {
    if (position === 0) this.showAll();
    else if (this.session.arms[position - 1]) this.select(this.session.arms[position - 1]);
  }

  draw() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.redraw();
    });
  }

  redraw() {
    const { session } = this;
    const { buffer, player } = session;
    const preview = !session.run || buffer.bufferedS === 0;
    const per = requestsPerSymbol(buffer, session.arms, player.speed, this.symbolsPerS());
    const parameters = session.parametersAt(player.playhead);
    for (const [arm, picture] of this.pictures) picture.draw({ buffer, arm, parameters, playhead: player.playhead, speed: player.speed, per, preview });
    this.drawLegend(per, preview);
    this.table?.show(this.selected, preview);
    this.describe(preview);
  }

  /** Fewer symbols where the edges are short. */
  symbolsPerS() {
    return Math.min(14, ...[...this.pictures.values()].map((picture) => Math.max(2, picture.shortestEdge / 14)));
  }

  drawLegend(per, preview) {
    const key = `${per}|${preview}|${document.documentElement.dataset.theme}|${colour("--ink")}`;
    if (key === this.legendKey) return;
    this.legendKey = key;
    const items = OUTCOMES.map((outcome) => h("span", {}, symbol(outcome), OUTCOME_WORDS[outcome]));
    const scale = preview ? "A still preview: start a run to see requests move." : per > 1 ? `One symbol = ${number(per)} requests. Its pace is not the latency.` : "One symbol = one request. Its pace is not the latency.";
    this.legend.replaceChildren(h("div", { class: "outcomes" }, items), h("span", { class: "scale" }, scale));
  }

  /** The picture in words: for the canvas' name, and now and then aloud. */
  describe(preview) {
    for (const [arm, { canvas }] of this.pictures) canvas.setAttribute("aria-label", preview ? this.partsInWords(arm) : this.stateInWords(arm));
    setText(this.words, preview ? "" : this.stateInWords(this.selected));
    if (preview || performance.now() - this.spokenAt < SPOKEN_EVERY_MS) return;
    this.spokenAt = performance.now();
    setText(this.spoken, this.words.textContent);
  }

  partsInWords(arm) {
    return `${this.session.armLabel(arm)}. ${this.session.description.topology.nodes.map(({ label }) => label).join(", ")}.`;
  }

  stateInWords(arm) {
    const { buffer, player, description } = this.session;
    const index = buffer.indexAt(player.playhead);
    const states = buffer.nodes(arm, index);
    const nodes = description.topology.nodes.filter(({ id }) => states[id]?.status || states[id]?.members?.length || states[id]?.queued).map((node) => nodeWords(node, states[node.id]));
    return `${this.session.armLabel(arm)} at ${clock(player.playhead)}${nodes.length ? ": " : ""}${nodes.join("; ")}.`;
  }
}

/** "Breaker open", "Servers 8 of 10 up, 1 slow, 1 down, 12 waiting". */
function nodeWords(node, { status, queued, members = [] }) {
  const waiting = queued || members.reduce((sum, member) => sum + member.queued, 0);
  const ofMembers = node.members ? groupWords(node, members) : "";
  const parts = [ofMembers.includes(status) ? "" : status, ofMembers, waiting ? `${waiting} waiting` : ""];
  return `${node.label} ${parts.filter(Boolean).join(", ")}`;
}

function symbol(outcome) {
  const canvas = h("canvas", { width: 32, height: 32, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  const outcomes = { ok: colour("--sea"), slow: colour("--warn"), failed: colour("--bad"), rejected: colour("--ink-2"), timed_out: colour("--bad") };
  drawSymbol(context, outcome, 8, 8, { outcomes });
  return canvas;
}
