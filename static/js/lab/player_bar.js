/** Play, pause, step, jump, scrub and speed; the rail shows what is buffered, the marks and the ledger. */
import { h, setText } from "./dom.js";
import { changeText, clock } from "./format.js";
import { icon } from "./icons.js";
import { armLook } from "./palette.js";

const ENDED_WORDS = { failed: "Failed", cancelled: "Cancelled", abandoned: "Given up" };

export class PlayerBar {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session, { run, compact = false }) {
    Object.assign(this, { session, player: session.player, start: run, compact });
    host.classList.add("player");
    this.build(host);
    session.addEventListener("run", () => this.show());
    session.addEventListener("draft", () => this.show());
    session.addEventListener("data", () => (this.show(), this.showMarks()));
    session.addEventListener("connection", () => this.show());
    this.player.addEventListener("state", () => this.show());
    this.player.addEventListener("move", () => (this.move(), this.showMarks()));
    this.show();
  }

  build(host) {
    const button = (name, label, onclick, key) => h("button", { type: "button", class: "btn ghost icon", "aria-label": label, title: key ? `${label} (${key})` : label, onclick }, icon(name));
    this.playButton = h("button", { type: "button", class: "btn primary play", onclick: () => this.press() });
    this.previous = button("flagBack", "Previous mark", () => this.jump(-1), "[");
    this.next = button("flagForward", "Next mark", () => this.jump(1), "]");
    for (const jump of [this.previous, this.next]) jump.classList.add("jump");
    this.back = button("back", "One bin back", () => this.step(-1), "←");
    this.forward = button("forward", "One bin on", () => this.step(1), "→");
    this.time = h("output", { class: "player-time mono" });
    this.state = h("span", { class: "player-state", role: "status" });
    this.speed = h("select", { class: "input", "aria-label": "Speed", onchange: () => this.player.setSpeed(Number(this.speed.value)) });
    this.range = h("input", { type: "range", min: 0, step: "any", "aria-label": "Playhead", oninput: () => this.scrub() });
    this.known = h("div", { class: "rail-known" });
    this.flags = h("div", { class: "rail-flags", "aria-hidden": "true" });
    this.rail = h("div", { class: "rail" }, h("div", { class: "rail-line" }, this.known), this.flags, this.range);
    const steps = this.compact ? [] : [this.previous, this.back, this.forward, this.next];
    host.replaceChildren(h("div", { class: "player-row" }, this.playButton, ...steps, this.time, this.state, this.speed), this.rail);
  }

  press() {
    if (!this.session.run) this.start();
    else this.player.toggle();
  }

  scrub() {
    const to = Number(this.range.value);
    this.player.pause();
    this.player.seek(to);
    this.range.value = this.player.playhead;
  }

  /** @param {number} direction in bins; pauses */
  step(direction) {
    const { binS } = this.session.buffer;
    this.player.pause();
    this.player.seek((Math.round(this.player.playhead / binS) + direction) * binS);
  }

  /** To the next or the previous mark of any arm or row of the ledger; marks ahead count even if nobody has seen them. */
  jump(direction) {
    const times = [...new Set([...this.session.buffer.marks.map(({ t }) => t), ...(this.session.run?.changes ?? []).map(({ t_s }) => t_s)])].sort((a, b) => a - b);
    const now = this.player.playhead;
    const to = direction > 0 ? times.find((t) => t > now + 1e-3) : times.findLast((t) => t < now - 1e-3);
    this.player.pause();
    if (to !== undefined) this.player.seek(to);
    else this.player.seek(direction > 0 ? this.player.bufferedS : 0);
  }

  show() {
    const { session, player } = this;
    const running = session.run !== null;
    const label = !running ? "Run" : player.playing ? "Pause" : player.ended ? "Replay" : "Play";
    if (this.playButton.dataset.label !== label) {
      this.playButton.dataset.label = label;
      this.playButton.replaceChildren(icon(label === "Pause" ? "pause" : "play"), label);
    }
    this.playButton.disabled = session.busy && !running;
    for (const control of [this.previous, this.next, this.back, this.forward, this.range]) control.disabled = !running;
    this.range.max = session.durationS;
    this.showSpeeds();
    this.speed.disabled = session.isLive && !session.ended;
    this.known.style.width = `${(100 * player.limitS) / session.durationS}%`;
    setText(this.state, this.stateWords());
    this.move();
  }

  showSpeeds() {
    const { speeds, speed } = this.player;
    if (this.speed.dataset.shown !== speeds.join()) {
      this.speed.dataset.shown = speeds.join();
      this.speed.replaceChildren(...speeds.map((one) => h("option", { value: one }, `${one}×`)));
    }
    this.speed.value = speed;
  }

  stateWords() {
    const { session, player } = this;
    if (!session.run) return "Not started";
    if (session.connection === "lost") return "Connection lost, trying again";
    const { status } = session.run;
    if (status === "queued") return session.ahead ? `Queued, ${session.ahead} ahead` : "Queued";
    if (ENDED_WORDS[status]) return ENDED_WORDS[status];
    if (player.holdAtS !== null && session.awaitedTake) return "Computing the change";
    if (player.waiting) return session.isLive ? "Live" : "Computing";
    if (player.ended) return "The end";
    return player.playing ? "Playing" : "Paused";
  }

  move() {
    const { playhead } = this.player;
    const { durationS } = this.session;
    setText(this.time, `${clock(playhead)} / ${clock(durationS)}`);
    if (document.activeElement !== this.range || this.player.playing) this.range.value = playhead;
    this.range.setAttribute("aria-valuetext", `${clock(playhead)} of ${clock(durationS)}`);
    this.rail.style.setProperty("--at", `${(100 * playhead) / durationS}%`);
    this.player.follow &&= this.player.playing;
  }

  showMarks() {
    const { session } = this;
    const seen = session.buffer.marks.filter(({ t, kind }) => kind !== "change" && t <= this.player.furthestS + 1e-6);
    const key = `${seen.length}|${seen.at(-1)?.t}|${session.run?.changes.map(({ index }) => index)}|${session.durationS}`;
    if (key === this.marksKey) return;
    this.marksKey = key;
    const place = (element, t) => {
      element.style.left = `${(100 * t) / session.durationS}%`;
      return element;
    };
    const marks = seen.slice(0, 300).map((mark) => {
      const flag = place(h("i", { class: `flag ${mark.kind}`, title: `${clock(mark.t)} ${mark.text}` }), mark.t);
      if (mark.arm) flag.style.setProperty("--tone", `var(${armLook(session.armIndex(mark.arm)).variable})`);
      return flag;
    });
    const rows = (session.run?.changes ?? []).map((row) => place(h("i", { class: "flag change", title: `${clock(row.t_s)} ${changeText(session.description, row)}` }), row.t_s));
    this.flags.replaceChildren(...marks, ...rows);
  }
}
