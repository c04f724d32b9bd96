/** Predictions: the answer shows once the reader has committed to a guess. */

export function mountPredictions(root) {
  for (const form of root.querySelectorAll("form[data-prediction]")) mount(form);
}

function mount(form) {
  const slider = form.querySelector('input[type="range"]');
  slider?.addEventListener("input", () => (form.querySelector("[data-guess]").textContent = slider.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const guess = new FormData(form).get("guess");
    if (guess === null) return;
    form.querySelector("[data-verdict]").textContent = verdict(form.dataset, guess);
    form.querySelector("[data-reveal]").hidden = false;
    for (const each of form.querySelectorAll("input, button")) each.disabled = true;
  });
}

function verdict({ kind, answer, tolerance }, guess) {
  if (kind === "choice") return guess === answer ? "✓ You saw it coming." : `✗ You said “${guess}”.`;
  const off = Math.abs(Number(guess) - Number(answer));
  const near = off <= Number(tolerance) * Math.max(Math.abs(Number(answer)), 1e-9);
  return near ? `✓ ${guess} is near enough.` : `✗ You said ${guess}: ${Number(guess) > Number(answer) ? "too high" : "too low"}.`;
}
