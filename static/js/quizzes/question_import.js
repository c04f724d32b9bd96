// The preview of an import: ticks for many at once, how many are ticked, and the way from a fault to its line.

/** Ticks all, none, or those of one state ("new", "changed"). */
function tick(form, wanted) {
  for (const box of form.querySelectorAll('input[name="take"]')) {
    box.checked = wanted === "all" || box.dataset.state === wanted;
  }
}

function count(form) {
  const ticked = form.querySelectorAll('input[name="take"]:checked').length;
  const button = form.querySelector("[data-commit]");
  if (!button) return;
  button.querySelector("[data-count]").textContent = ticked.toLocaleString("en");
  button.disabled = ticked === 0;
}

/** Where line number `line` (from 1) begins and ends in a text. */
export function extent(text, line) {
  let start = 0;
  for (let number = 1; number < line; number++) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end < 0 ? text.length : end];
}

function show(form, line) {
  const area = form.querySelector('textarea[name="text"]');
  area.closest("details").open = true;
  const [start, end] = extent(area.value, line);
  area.focus();
  area.setSelectionRange(start, end);
  const height = Number.parseFloat(getComputedStyle(area).lineHeight) || 20;
  area.scrollTop = Math.max(0, (line - 3) * height);
  area.scrollIntoView({ block: "center" });
}

export function startImport(form) {
  form.addEventListener("change", (event) => {
    if (event.target.name === "take") count(form);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.tick !== undefined) {
      tick(form, button.dataset.tick);
      count(form);
    } else if (button?.dataset.line) {
      show(form, Number(button.dataset.line));
    }
  });
  form.querySelector("[data-ticks]")?.removeAttribute("hidden");
  count(form);
}
