/** One knob: a switch, a segmented choice, or a range with a number and its unit. */
import { sentence } from "./api.js";
import { h, setText, uniqueId } from "./dom.js";
import { number } from "./format.js";

const LOG_STEPS = 200;

/**
 * @param {import("./types.js").Knob} knob
 * @param {function(*): void} onchange with a checked value of the knob's own type
 * @returns {{element: HTMLElement, show: function(*): void, refuse: function(string): void, enable: function(string): void}}
 * `enable("")` makes it usable; `enable(reason)` locks it and says why
 */
export function knobControl(knob, onchange) {
  const id = uniqueId(`knob-${knob.name}`);
  const error = h("p", { class: "error", id: `${id}-error`, role: "alert" });
  const reason = h("p", { class: "help knob-reason" });
  const help = knob.help ? h("p", { class: "help", id: `${id}-help` }, knob.help) : null;
  const built = build(knob, id, (value) => {
    setText(error, "");
    onchange(value);
  }, (text) => setText(error, text));
  const label = built.labelled ? null : h("label", { for: id }, knob.label);
  const element = h("div", { class: `field knob ${built.kind}`, "data-knob": knob.name }, label, built.element, help, reason, error);
  for (const input of built.inputs) input.setAttribute("aria-describedby", [help?.id, error.id].filter(Boolean).join(" "));
  return {
    element,
    show: (value) => {
      if (!built.inputs.includes(document.activeElement) || document.activeElement.type !== "number") built.show(value);
    },
    refuse: (text) => setText(error, sentence(text)),
    enable: (why) => {
      setText(reason, why);
      reason.hidden = !why;
      for (const input of built.inputs) input.disabled = Boolean(why);
    },
  };
}

function build(knob, id, onchange, refuse) {
  if (typeof knob.default === "boolean") return switchControl(knob, id, onchange);
  if (typeof knob.default === "string") return choiceControl(knob, id, onchange);
  return numberControl(knob, id, onchange, refuse);
}

function switchControl(knob, id, onchange) {
  const input = h("input", { type: "checkbox", id, role: "switch", onchange: () => onchange(input.checked) });
  return { kind: "switch-knob", labelled: true, inputs: [input], element: h("label", { class: "switch" }, input, knob.label), show: (value) => (input.checked = value) };
}

function choiceControl(knob, id, onchange) {
  const radios = knob.choices.map(([value]) => h("input", { type: "radio", name: id, value, onchange: () => onchange(value) }));
  const options = radios.map((radio, i) => h("label", {}, radio, knob.choices[i][1]));
  const element = h("fieldset", { class: "choice-knob" }, h("legend", { class: "label" }, knob.label), h("div", { class: "segmented" }, options));
  return { kind: "choices", labelled: true, inputs: radios, element, show: (value) => radios.forEach((radio) => (radio.checked = radio.value === value)) };
}

function numberControl(knob, id, onchange, refuse) {
  const whole = Number.isInteger(knob.default) && Number.isInteger(knob.step ?? 1);
  const scale = scaleOf(knob);
  const box = h("input", { type: "number", id, class: "input", min: knob.minimum, max: knob.maximum, step: "any", inputmode: "decimal" });
  const range = h("input", { type: "range", "aria-label": `${knob.label}, slider`, min: scale.low, max: scale.high, step: scale.step });
  const commit = (value) => {
    const problem = complaint(knob, value, whole);
    box.setAttribute("aria-invalid", String(Boolean(problem)));
    if (problem) return refuse(problem);
    box.value = range.value = "";
    show(value);
    onchange(value);
  };
  const show = (value) => {
    box.value = String(Number(Number(value).toPrecision(6)));
    range.value = scale.to(value);
    range.style.setProperty("--fill", `${(100 * (scale.to(value) - scale.low)) / (scale.high - scale.low || 1)}%`);
    range.setAttribute("aria-valuetext", `${number(value, 4)} ${knob.unit}`);
    box.removeAttribute("aria-invalid");
  };
  box.addEventListener("change", () => commit(box.value === "" ? NaN : Number(box.value)));
  range.addEventListener("input", () => show(scale.from(Number(range.value))));
  range.addEventListener("change", () => commit(scale.from(Number(range.value))));
  const row = h("div", { class: "knob-row" }, scale.high > scale.low ? range : null, h("span", { class: "knob-number" }, box, h("span", { class: "unit" }, knob.unit)));
  return { kind: "numbers", labelled: false, inputs: [box, range], element: row, show };
}

function complaint(knob, value, whole) {
  if (!Number.isFinite(value)) return "Give a number.";
  if (whole && !Number.isInteger(value)) return "Give a whole number.";
  const below = knob.minimum !== null && value < knob.minimum;
  const above = knob.maximum !== null && value > knob.maximum;
  return below || above ? `Choose ${number(knob.minimum, 4)} to ${number(knob.maximum, 4)}${knob.unit ? ` ${knob.unit}` : ""}.` : "";
}

/** Between slider positions and values: straight, or by powers where the knob says so. */
function scaleOf(knob) {
  const low = knob.minimum ?? 0;
  const high = knob.maximum ?? low;
  const step = knob.step ?? (Number.isInteger(knob.default) && high - low > 2 ? 1 : (high - low) / 100);
  const rounded = (value) => Math.min(high, Math.max(low, Number((Math.round((value - low) / step) * step + low).toPrecision(10))));
  if (!knob.logarithmic || low <= 0) return { low, high, step: "any", to: Number, from: rounded };
  const ratio = Math.log(high / low);
  return { low: 0, high: LOG_STEPS, step: 1, to: (value) => (LOG_STEPS * Math.log(value / low)) / ratio, from: (at) => (at >= LOG_STEPS ? high : rounded(Number((low * Math.exp((ratio * at) / LOG_STEPS)).toPrecision(3)))) };
}
