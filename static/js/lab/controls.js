/** Knobs and chaos buttons. Before the run they write the form; while it plays they act at the playhead. */
import { h, setText } from "./dom.js";
import { clock } from "./format.js";
import { actionIcon, icon } from "./icons.js";
import { knobControl } from "./knob.js";
import { targetLabel, targetsNow, whyShut } from "./targets.js";

const FEW = 4;
const SHOW_EVERY_MS = 120;
const LOCKED = "Set before the run: it cannot change while it plays.";

export class Controls {
  /** @param {HTMLElement} host @param {import("./session.js").Session} session */
  constructor(host, session, { only = "", compact = false } = {}) {
    Object.assign(this, { host, session, only, compact, knobs: new Map() });
    this.build();
    for (const name of ["run", "draft", "data"]) session.addEventListener(name, () => this.show());
    session.player.addEventListener("move", () => this.showSoon());
    session.player.addEventListener("state", () => this.show());
    session.addEventListener("problem", ({ detail }) => this.showErrors(detail.errors));
  }

  /** The playhead moves sixty times a second; the knobs need not. */
  showSoon() {
    this.pending ??= setTimeout(() => {
      this.pending = null;
      this.show();
    }, SHOW_EVERY_MS);
  }

  /** Shows one open control only; empty: all of them. */
  open(name) {
    this.only = name;
    this.build();
  }

  build() {
    const { description } = this.session;
    this.knobs.clear();
    this.badges = [];
    const knobs = description.knobs.filter(({ name }) => !this.only || name === this.only);
    const isAction = description.actions.some(({ name }) => name === this.only);
    const actions = !this.only || isAction ? description.actions : [];
    this.when = h("p", { class: "controls-when" });
    const heading = this.only ? "The one control of this scene" : "Knobs";
    const parts = [actions.length ? this.actionBox(actions) : null, ...this.knobGroups(knobs), this.only ? null : this.runBox()];
    const reset = this.only || this.compact ? null : h("button", { type: "button", class: "btn small ghost", onclick: () => this.reset() }, icon("reset"), "Defaults");
    this.resetButton = reset;
    const head = this.compact ? this.when : [h("header", {}, h("h2", {}, heading), reset), this.when];
    this.host.replaceChildren(h("div", { class: this.compact ? "controls compact" : "card controls" }, head, parts));
    this.show();
  }

  knobGroups(knobs) {
    const groups = [...byGroup(knobs)];
    if (groups.length < 2 && knobs.length <= FEW + 2) return knobs.map((knob) => this.knob(knob));
    if (groups.length >= 2) return groups.map(([title, list], i) => this.foldable(title || "More", list, i === 0));
    return [...knobs.slice(0, FEW).map((knob) => this.knob(knob)), this.foldable("More knobs", knobs.slice(FEW), false)];
  }

  foldable(title, knobs, open) {
    const badge = h("span", { class: "badge" }, String(knobs.length));
    this.badges.push({ badge, knobs });
    return h("details", { class: "knob-group", open }, h("summary", {}, title, badge), h("div", {}, knobs.map((knob) => this.knob(knob))));
  }

  knob(knob) {
    const control = knobControl(knob, (value) => this.turn(knob, value));
    this.knobs.set(knob.name, { knob, control });
    return control.element;
  }

  async turn(knob, value) {
    const { session } = this;
    if (!session.run) return session.setDraft({ parameters: { ...session.draft.parameters, [knob.name]: value } });
    if (!(await session.change({ kind: "set", name: knob.name, value }))) this.show();
  }

  actionBox(actions) {
    this.actionButtons = actions.map((action) => this.action(action));
    return h("fieldset", { class: "actions" }, h("legend", { class: "label" }, "Break it while it plays"), this.actionButtons.map(({ element }) => element));
  }

  action(action) {
    const target = action.targets.length > 1 ? h("select", { class: "input", "aria-label": `Target of ${action.label}` }) : null;
    const press = () => this.session.change({ kind: "do", name: action.name, target: target?.value ?? action.targets[0] ?? "" });
    const button = h("button", { type: "button", class: "btn", title: action.help, "data-action": action.name, onclick: press }, actionIcon(action), action.label);
    return { element: h("div", { class: "action" }, button, target), button, target, action };
  }

  /** Those that are there at the playhead; the one that is chosen stays chosen as long as it is. */
  showTargets({ target, action }) {
    if (!target) return;
    const found = targetsNow(this.session, action);
    if (found.join() === target.dataset.shown) return;
    const { value } = target;
    target.dataset.shown = found.join();
    target.replaceChildren(...found.map((id) => h("option", { value: id }, targetLabel(this.session, id))));
    if (found.includes(value)) target.value = value;
  }

  /** Arms, duration and seed: part of the run's value, chosen before it. */
  runBox() {
    const { session } = this;
    const { description } = session;
    this.duration = knobControl({ ...description.duration, label: description.duration.label || "Duration" }, (durationS) => session.setDraft({ durationS }));
    this.seed = h("input", { type: "number", class: "input", id: "seed", min: 0, step: 1, placeholder: "drawn for you", onchange: () => session.setDraft({ seed: this.seed.value === "" ? null : Number(this.seed.value) }) });
    this.seedError = h("p", { class: "error", role: "alert" });
    this.armBoxes = description.arms.map((arm) => h("input", { type: "checkbox", value: arm.name, onchange: () => this.chooseArms() }));
    const arms = description.arms.map((arm, i) => h("label", { class: "arm-choice", title: arm.rule }, this.armBoxes[i], h("span", {}, arm.label, arm.naive && h("span", { class: "badge warn" }, "naive"))));
    const seedField = h("div", { class: "field" }, h("label", { for: "seed" }, "Seed"), this.seed, h("p", { class: "help" }, "The same seed gives the same traffic and the same faults."), this.seedError);
    this.runReason = h("p", { class: "help knob-reason" });
    return h("details", { class: "knob-group" }, h("summary", {}, "Variants, duration, seed"), h("div", {}, this.runReason, h("fieldset", { class: "field arm-choices" }, h("legend", { class: "label" }, "Variants"), arms), this.duration.element, seedField));
  }

  chooseArms() {
    const chosen = this.armBoxes.filter((box) => box.checked).map((box) => box.value);
    if (chosen.length) this.session.setDraft({ arms: chosen });
    else this.show();
  }

  reset() {
    const { knobs } = this.session.description;
    this.session.setDraft({ parameters: Object.fromEntries(knobs.map((knob) => [knob.name, knob.default])) });
  }

  show() {
    const { session } = this;
    const { run, player } = session;
    const parameters = session.parametersAt(player.playhead);
    const shut = run ? whyShut(session) : "";
    for (const { knob, control } of this.knobs.values()) {
      control.show(parameters[knob.name]);
      control.enable(run && knob.before_run_only ? LOCKED : "");
      if (shut && !knob.before_run_only) control.element.querySelectorAll("input").forEach((input) => (input.disabled = true));
    }
    for (const action of this.actionButtons ?? []) {
      action.button.disabled = !run || Boolean(shut);
      this.showTargets(action);
    }
    for (const { badge, knobs } of this.badges) showTurned(badge, knobs, parameters);
    if (this.resetButton) this.resetButton.disabled = Boolean(run);
    setText(this.when, this.whenText(shut));
    if (!this.only) this.showRunBox();
  }

  whenText(shut) {
    const { session } = this;
    if (!session.run) return this.compact ? "" : "These are the values at the start. While the run plays, a knob acts at the playhead.";
    if (shut) return shut;
    const at = session.isLive ? "now" : `at ${clock(session.changeTimeS)}`;
    return session.run.mine ? `What you change acts ${at}.` : `This run is someone else's: what you change makes a fork ${at}.`;
  }

  showRunBox() {
    const { session } = this;
    const locked = session.run ? "Fixed for this run. Start a new run to choose others." : "";
    this.duration.show(session.durationS);
    this.duration.enable(locked ? " " : "");
    for (const box of this.armBoxes) {
      box.checked = session.arms.includes(box.value);
      box.disabled = Boolean(locked);
    }
    this.seed.disabled = Boolean(locked);
    if (document.activeElement !== this.seed) this.seed.value = session.run?.seed ?? session.draft.seed ?? "";
    setText(this.runReason, locked);
    this.runReason.hidden = !locked;
  }

  /** Puts the server's refusals beside the fields that they name. */
  showErrors(errors = {}) {
    for (const [field, message] of Object.entries(errors)) {
      const name = field.replace(/^parameters\./, "");
      const found = this.knobs.get(name) ?? (name === "value" && this.knobs.get(this.only));
      if (found) found.control.refuse(message);
      else if (name === "duration_s") this.duration?.refuse(message);
      else if (name === "seed" && this.seedError) setText(this.seedError, message);
      else continue;
      this.host.querySelector(".error:not(:empty)")?.closest("details")?.setAttribute("open", "");
    }
  }
}

/** How many knobs a group has, and of how many the value is not the lab's own: a closed group must not hide that. */
function showTurned(badge, knobs, parameters) {
  const turned = knobs.filter(({ name, default: own }) => parameters[name] !== undefined && parameters[name] !== own).length;
  setText(badge, turned ? `${turned} of ${knobs.length} turned` : String(knobs.length));
  badge.classList.toggle("signal", turned > 0);
}

function byGroup(knobs) {
  const groups = new Map();
  for (const knob of knobs) groups.set(knob.group, [...(groups.get(knob.group) ?? []), knob]);
  return groups;
}
