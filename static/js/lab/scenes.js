/** The story: one idea a scene, one open control; the full panel comes last. */
import { h } from "./dom.js";

export class Scenes {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session @param {import("./controls.js").Controls} controls */
  constructor(host, session, controls, first = "") {
    Object.assign(this, { host, session, controls });
    this.scenes = session.description.scenes;
    if (!this.scenes.length) return;
    const found = this.scenes.findIndex(({ id }) => id === first);
    this.at = found;
    if (found >= 0) this.load(found);
    else this.show();
  }

  show() {
    const scene = this.scenes[this.at];
    const step = (i, text) => h("li", {}, h("button", { type: "button", "aria-current": i === this.at ? "step" : null, onclick: () => this.load(i) }, h("span", { class: "step-number" }, i < 0 ? "≡" : String(i + 1)), text));
    const steps = [...this.scenes.map(({ title }, i) => step(i, title)), step(-1, "Full panel")];
    const focused = [...this.host.querySelectorAll("button")].indexOf(document.activeElement);
    const next = scene && h("button", { type: "button", class: "btn small", onclick: () => this.load(this.at + 1 < this.scenes.length ? this.at + 1 : -1) }, this.at + 1 < this.scenes.length ? "Next scene" : "Open the full panel");
    const body = scene ? h("div", { class: "scene-body" }, h("div", {}, h("p", {}, scene.text), scene.watch && h("p", { class: "watch" }, h("b", {}, "Watch: "), scene.watch)), next) : null;
    this.host.replaceChildren(h("nav", { class: "scenes", "aria-label": "Scenes" }, h("ol", {}, steps)), ...(body ? [body] : []));
    if (focused >= 0) this.host.querySelectorAll("button")[focused]?.focus();
  }

  /** Presets the form with the scene's parameters and opens its one control. */
  load(index) {
    this.at = index;
    const scene = this.scenes[index];
    this.session.compose();
    this.session.scene = scene ?? null;
    if (scene) {
      const defaults = Object.fromEntries(this.session.description.knobs.map((knob) => [knob.name, knob.default]));
      const arms = scene.arms.length ? [...scene.arms] : this.session.draft.arms;
      this.session.setDraft({ parameters: { ...defaults, ...scene.parameters }, arms, durationS: scene.duration_s || this.session.description.duration.default });
    }
    this.controls.open(scene?.open_control ?? "");
    this.show();
  }
}
