// The page of a running round: ties clock, panel, notes, diagram and lab to what the server says.

import { csrfToken } from "../site/csrf.js";
import { DiagramPad } from "./diagram.js";
import { Keeping, mountEndings, roundBox } from "./keeping.js";
import { RoundLab } from "./lab.js";
import { Pads } from "./pads.js";
import { StageClock } from "./stage_clock.js";

const ASK_EVERY_MS = 15000;
const LATE_MS = 200; // a little after the moment, so that it has come
const DIAGRAM = "diagram";
const LAST = "wrap-up";

export class RoundPage {
  constructor(root) {
    this.root = root;
    const state = JSON.parse(document.getElementById("round-state").textContent);
    this.opened = state.opened;
    this.stage = state.stage;
    this.clock = new StageClock(root, { say: (words) => this.keeping.announce(words) });
    this.pads = new Pads(root.querySelector("[data-pads]"), (name, text) => this.write(name, text));
    this.diagram = new DiagramPad(root.querySelector(`[data-pad="${DIAGRAM}"]`), { url: root.dataset.diagramUrl, written: (text) => this.write(DIAGRAM, text) });
    const lab = root.querySelector("[data-round-lab]");
    this.lab = lab && new RoundLab(lab, { changed: (words) => this.sayChange(words) });
    this.keeping = new Keeping(root, roundBox(root.dataset.round), {
      words: "All notes saved",
      show: (name, text) => (name === DIAGRAM ? this.diagram.show(text) : this.pads.show(name, text)),
      state: (news, trip) => this.adopt(news, trip),
      gaveWay: (name, theirs) => this.gaveWay(name, theirs),
      overtook: (name, theirs) => this.merge(name, this.text(name), theirs),
      refused: (name, words) => (name === DIAGRAM ? this.diagram.refuse(words) : this.pads.refuse(name, words)),
      told: () => this.showPadState(),
      closed: (end) => this.over(end),
    });
    this.listen();
    this.pads.select(state.stage);
    this.keeping.start(state);
    mountEndings(root, this.keeping);
  }

  listen() {
    const dialog = this.root.querySelector("#stage-dialog");
    this.root.querySelector("[data-end-stage]").addEventListener("click", () => this.askToEnd(dialog));
    dialog.querySelector("[data-stage-go]").addEventListener("click", () => {
      dialog.close();
      this.endStage();
    });
    this.root.querySelector("[data-round-views]").addEventListener("change", (event) => {
      this.root.dataset.view = event.target.value;
      this.viewLabel(event.target.value).classList.remove("news");
    });
    this.root.querySelector("[data-pads]").addEventListener("click", () => this.showPadState());
  }

  write(name, text) {
    if (name === DIAGRAM) this.diagram.refuse("");
    else this.pads.refuse(name, "");
    this.keeping.give(name, text);
    this.showPadState();
  }

  text(name) {
    return name === DIAGRAM ? this.diagram.source.value : (this.pads.area(name)?.value ?? "");
  }

  /** A text from elsewhere was given later than what waits here. */
  gaveWay(name, theirs) {
    const mine = this.text(name);
    this.keeping.show(name, theirs, this.keeping.saver.known.get(name));
    this.merge(name, theirs, mine);
  }

  /** Two windows wrote here without knowing of each other: both texts are kept, the older one below. */
  merge(name, text, older) {
    if (!older.trim() || text.includes(older)) return;
    const below = name === DIAGRAM ? older.replace(/^/gm, "%% ") : `(written in another window)\n${older}`;
    const both = `${text.trimEnd()}\n\n${below}`;
    if (name === DIAGRAM) this.diagram.show(both);
    else this.pads.show(name, both);
    this.keeping.give(name, both);
    this.keeping.announce("Another window wrote here, too. Both texts are kept, one below the other.");
  }

  adopt(state, trip) {
    if (state.status !== "in_progress") return;
    this.clock.set(state, trip);
    if (state.opened !== this.opened) this.takePanel(state);
    this.lab?.follow(state);
    clearTimeout(this.timer);
    const next = Math.min(ASK_EVERY_MS, (state.next_ms ?? ASK_EVERY_MS) + LATE_MS);
    this.timer = setTimeout(() => this.keeping.saver.refresh(), Math.max(LATE_MS, next));
  }

  /** Something has opened: fetch what may be read now. */
  async takePanel(state) {
    const before = new Set(this.itemNames());
    const response = await fetch(this.root.dataset.panelUrl, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (!response?.ok) return;
    const panel = this.root.querySelector("[data-panel]");
    const briefOpen = state.stage === this.stage && panel.querySelector(".brief").open;
    panel.innerHTML = await response.text(); // made by the server
    if (briefOpen) panel.querySelector(".brief").open = true;
    this.opened = state.opened;
    for (const { dataset } of panel.querySelectorAll("[data-asked]")) this.pads.open(dataset.asked);
    if (state.stage !== this.stage) this.enter(state.stage);
    else this.sayNews(this.itemNames().filter((name) => !before.has(name)));
  }

  itemNames() {
    const named = [...this.root.querySelectorAll("[data-follow-up]")].map((item) => item.dataset.followUp);
    return this.root.querySelector("[data-change]") ? [...named, "change:"] : named;
  }

  enter(stage) {
    this.stage = stage;
    const words = this.pads.tab(stage).textContent;
    this.root.querySelector("[data-stage-words]").textContent = words;
    if (stage === LAST) this.root.querySelector("[data-end-stage]").textContent = "End round";
    this.pads.select(stage, this.root.contains(document.activeElement) && document.activeElement.matches("textarea"));
    this.root.querySelector("#stage-dialog").close();
    if (this.ending) this.keeping.say(`${words} has opened.`);
    else this.keeping.announce(`${words} has opened.`);
    this.ending = false;
    this.markNews();
  }

  sayNews(names) {
    for (const name of names) this.root.querySelector(name === "change:" ? "[data-change]" : `[data-follow-up="${name}"]`)?.classList.add("fresh");
    if (names.length) this.markNews();
    if (names.includes("change:")) this.keeping.announce("Something has changed. Read the brief's column.");
    else if (names.length) this.keeping.announce("The interviewer asks something.");
  }

  /** Where the panes are shown one by one, a dot says that there is something to read. */
  markNews() {
    if (this.root.dataset.view !== "brief") this.viewLabel("brief").classList.add("news");
  }

  viewLabel(view) {
    return this.root.querySelector(`[name="round-view"][value="${view}"]`).parentElement;
  }

  sayChange(words) {
    const box = this.root.querySelector("[data-change-state]");
    if (box) box.textContent = words;
    this.keeping.announce(words);
  }

  showPadState() {
    if (this.keeping) this.pads.state(this.keeping.wordsFor(this.pads.current));
  }

  askToEnd(dialog) {
    const last = this.stage === LAST;
    dialog.querySelector("h2").textContent = last ? "End the round?" : "End this stage?";
    const words = last ? "This is the last stage: the round ends, and you go on with scoring." : "The next one opens. The time that is left is not carried over; the notes stay open.";
    dialog.querySelector("[data-stage-dialog-words]").textContent = words;
    dialog.showModal();
  }

  async endStage() {
    const button = this.root.querySelector("[data-end-stage]");
    button.classList.add("busy");
    this.ending = true;
    await this.keeping.flush();
    const body = new URLSearchParams({ stage: this.stage });
    const sent = await fetch(this.root.dataset.nextUrl, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, credentials: "same-origin" }).catch(() => null);
    button.classList.remove("busy");
    if (sent?.ok) await this.keeping.saver.refresh();
    else this.keeping.announce("The connection is away: the stage goes on. Try again in a moment.", "bad");
  }

  over({ message, lost }) {
    clearTimeout(this.timer);
    if (message?.includes("another account")) return this.keeping.banner("This round belongs to another account than the one signed in now.");
    if (!lost) return location.assign(this.root.dataset.reportUrl);
    for (const area of this.root.querySelectorAll("textarea")) area.readOnly = true;
    this.keeping.banner("The round is over. The last words came too late to be saved: copy them from here if you need them.", this.root.dataset.reportUrl, "Open the report");
    return undefined;
  }
}
