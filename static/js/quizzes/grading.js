// Grading a text against a rubric: levels fill in points, the sum is kept, keys save the way to the mouse, and marks that are
// not saved are not left behind without asking.

export function startGrading(page) {
  const form = page.querySelector("form");
  const criteria = [...form.querySelectorAll("[data-criterion]")];
  let marked = 0;
  let changed = form.querySelector(".errorlist") !== null || page.querySelector(".errornote") !== null;

  const mark = (index) => {
    marked = Math.max(0, Math.min(criteria.length - 1, index));
    criteria.forEach((criterion, at) => criterion.toggleAttribute("data-marked", at === marked));
  };
  const refresh = () => {
    criteria.forEach(showLevel);
    showSum(form, criteria);
  };
  const give = (criterion, level) => {
    pointsOf(criterion).value = level.dataset.points;
    changed = true;
    refresh();
  };

  form.addEventListener("input", () => {
    changed = true;
    refresh();
  });
  form.addEventListener("focusin", (event) => {
    const at = criteria.indexOf(event.target.closest("[data-criterion]"));
    if (at >= 0) mark(at);
  });
  form.addEventListener("click", (event) => {
    const level = event.target.closest(".level");
    if (level) give(level.closest("[data-criterion]"), level);
  });
  form.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => changed && event.preventDefault());

  const goTo = (index) => {
    mark(index);
    criteria[marked].scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => goTo(marked + 1),
    k: () => goTo(marked - 1),
    n: () => page.querySelector("a[rel=next]")?.click(),
    p: () => page.querySelector("a[rel=prev]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return void form.querySelector('[name="next"]')?.click();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const level = /^[1-9]$/.test(event.key) && criteria[marked].querySelectorAll(".level")[Number(event.key) - 1];
    if (level && !criteria[marked].disabled) {
      give(criteria[marked], level);
      goTo(marked + 1);
    } else keys[event.key.toLowerCase()]?.();
  });
  const wrong = criteria.findIndex((criterion) => criterion.querySelector(".errorlist"));
  mark(Math.max(0, wrong));
  if (wrong >= 0) pointsOf(criteria[wrong]).focus();
  refresh();
}

const pointsOf = (criterion) => criterion.querySelector('input[type="number"]');

const typing = (target) => target.matches?.("textarea, select, [contenteditable], input");

/** The level that gives exactly these points looks pressed. */
function showLevel(criterion) {
  const { value } = pointsOf(criterion);
  for (const level of criterion.querySelectorAll(".level")) {
    level.setAttribute("aria-pressed", String(value !== "" && Number(value) === Number(level.dataset.points)));
  }
}

function showSum(form, criteria) {
  const values = criteria.map((criterion) => pointsOf(criterion).value);
  const open = values.filter((value) => value === "").length;
  const sum = values.reduce((total, value) => total + (Number(value) || 0), 0);
  const total = Number(form.dataset.total);
  const points = `${trim(sum)} of ${trim(total)} points`;
  form.querySelector("[data-sum]").textContent = open
    ? `${points}; ${open} of ${criteria.length} criteria without points`
    : `${points}: ${Math.floor((100 * sum) / total + 0.5)} %`;
}

const trim = (number) => String(Math.round(number * 100) / 100);
