// The answer to a question about a run: a letter, a time and a reason, each where it is asked for. {which, when, why} or null.

import { clock } from "../../lab/format.js";

const fieldsOf = (box) => [...box.querySelectorAll("[data-part]")];

export function read(box) {
  const found = {};
  for (const field of fieldsOf(box)) {
    const text = field.type === "radio" ? (field.checked ? field.value : "") : field.value.trim();
    if (text) found[field.dataset.part] = text;
  }
  return Object.keys(found).length ? found : null;
}

export function write(box, value) {
  for (const field of fieldsOf(box)) {
    const text = String(value?.[field.dataset.part] ?? "");
    if (field.type === "radio") field.checked = field.value === text;
    else if (field.value.trim() !== text) field.value = text;
  }
  keepWhole(box);
}

/** In a plain form the whole answer goes in one hidden field. A line set in a chart can be taken for the time. */
export function start(box) {
  box.addEventListener("input", () => keepWhole(box));
  box.addEventListener("change", () => keepWhole(box));
  const button = box.querySelector("[data-take-time]");
  if (!button) return;
  box.closest("[data-reading]").addEventListener("timechosen", ({ detail }) => {
    button.hidden = false;
    button.dataset.time = clock(detail);
    button.textContent = `Take ${clock(detail)} from the chart`;
  });
  button.addEventListener("click", () => {
    const field = box.querySelector('[data-part="when"]');
    field.value = button.dataset.time;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
}

function keepWhole(box) {
  const whole = box.querySelector("[data-whole]");
  const value = read(box);
  if (whole) whole.value = value ? JSON.stringify(value) : "";
}
