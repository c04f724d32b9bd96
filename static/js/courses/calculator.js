/** Calculators: the reader turns the inputs, the figures and their working follow. */

import { read, written } from "./figures.js";
import { results, said, steps } from "./working.js";

const QUIET_MS = 900;
const HIDDEN = { sup: " to the power of ", said: "" };

export function mountCalculators(root) {
  for (const box of root.querySelectorAll("[data-calculator]")) mount(box);
}

function mount(box) {
  const description = JSON.parse(box.dataset.calculator);
  const fields = description.inputs.map((input) => ({ ...input, field: box.querySelector(`input[name="${input.name}"]`) }));
  const reset = box.querySelector("[data-reset]");
  const announce = announcer(box);
  const show = () => {
    const values = valuesOf(fields);
    showResults(box, description.outputs, values);
    showWorking(box, description, values);
    reset.disabled = fields.every(({ field }) => field.value === field.defaultValue);
    announce();
  };
  box.addEventListener("input", show);
  for (const input of fields) input.field.addEventListener("change", () => tidy(input));
  reset.hidden = false;
  reset.addEventListener("click", () => {
    for (const { field } of fields) field.value = field.defaultValue;
    show();
    fields[0].field.focus();
  });
}

/** The inputs' values, a word at each field that has none; null where one is missing. */
function valuesOf(fields) {
  const values = {};
  let usable = true;
  for (const input of fields) {
    const value = read(input.field.value);
    const problem = problemOf(input, value);
    input.field.setAttribute("aria-invalid", String(problem !== ""));
    say(document.getElementById(`${input.field.id}-problem`), problem);
    usable &&= problem === "";
    values[input.name] = value;
  }
  return usable ? values : null;
}

export function problemOf({ minimum, maximum, whole }, value) {
  if (Number.isNaN(value)) return "A number, please: such as 1,500 or 0.25 or 10M.";
  if (value < minimum) return `At least ${written(minimum)}.`;
  if (value > maximum) return `At most ${written(maximum)}.`;
  return whole && !Number.isInteger(value) ? "A whole number, please." : "";
}

/** A field that was left: its number with the thousands apart. */
function tidy(input) {
  const value = read(input.field.value);
  if (problemOf(input, value) === "") input.field.value = written(value);
}

function showResults(box, outputs, values) {
  const known = values ? results(outputs, values) : {};
  for (const output of outputs) {
    say(box.querySelector(`[data-output="${output.name}"]`), values ? said(output, known[output.name]) : "—");
  }
}

/** While an input has no value the working of the last ones stays, marked as such. */
function showWorking(box, description, values) {
  box.querySelector(".calculator-outputs").classList.toggle("stale", values === null);
  if (values === null) return;
  const rows = steps(description, values);
  description.outputs.forEach(({ name }, index) => {
    box.querySelector(`[data-working="${name}"]`).replaceChildren(...rows[index].map(rowOf));
  });
}

function rowOf([kind, line]) {
  const row = document.createElement("p");
  row.className = `working-${kind}`;
  row.append(...line.map(pieceOf));
  return row;
}

function pieceOf([kind, words]) {
  if (kind === "") return words;
  const hidden = document.createElement("span");
  hidden.className = "visually-hidden";
  hidden.textContent = kind === "said" ? words : HIDDEN[kind];
  if (kind === "said") return hidden;
  const piece = document.createElement(kind);
  piece.append(hidden, words);
  return piece;
}

/** Says for screen readers, once nothing has changed for a moment, what the first results are now. */
function announcer(box) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const results = [...box.querySelectorAll(".calculator-outputs > div")].slice(0, 3);
      const words = results.map((each) => `${each.querySelector("dt .name").textContent} ${each.querySelector("dd").textContent}`);
      say(box.querySelector("[data-said]"), words.join("; "));
    }, QUIET_MS);
  };
}

function say(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
