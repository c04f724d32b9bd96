/** Calculators: the reader turns the inputs, the figures follow. */

import { compute, shown } from "./formula.js";

export function mountCalculators(root) {
  for (const box of root.querySelectorAll("[data-calculator]")) mount(box);
}

function mount(box) {
  const outputs = JSON.parse(box.dataset.calculator);
  const inputs = [...box.querySelectorAll("input")];
  box.addEventListener("input", () => {
    const values = Object.fromEntries(inputs.map((input) => [input.name, input.valueAsNumber]));
    for (const input of inputs) input.setAttribute("aria-invalid", String(!input.validity.valid || Number.isNaN(input.valueAsNumber)));
    const usable = inputs.every((input) => input.getAttribute("aria-invalid") === "false");
    for (const [name, tree, digits, words] of outputs) {
      values[name] = usable ? compute(tree, values) : Number.NaN;
      box.querySelector(`[data-output="${name}"]`).textContent = words[values[name]] ?? shown(values[name], digits);
    }
  });
}
