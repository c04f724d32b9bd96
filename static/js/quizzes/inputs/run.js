// One of the learner's own runs: chosen from the list of those made since the attempt began, or named by its link.
// The value is "uuid@take", so that a run changed later is not taken for the one that was chosen.

const RUN = /([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?:@(\d+))?/i;
const PAUSE_MS = 4000;

const listOf = (box) => box.querySelector("[data-runs]");
const linkOf = (box) => box.querySelector("[data-run-link]");

/** While a link is being typed what stood before goes on to count: half a link is no answer yet. */
export function read(box) {
  const link = linkOf(box);
  const text = link.value.trim();
  const typing = document.activeElement === link && text && !RUN.test(text);
  return box.querySelector("[data-runs] input:checked")?.value ?? ((typing ? box.dataset.value : text) || null);
}

export function write(box, value) {
  box.dataset.value = value ?? "";
  show(box);
}

/** The list is read anew whenever the window is looked at again: learners come back from the lab in another tab. */
export function start(box) {
  box.addEventListener("change", (event) => {
    if (event.target === linkOf(box)) uncheck(box);
    else linkOf(box).value = "";
    box.dataset.value = read(box) ?? "";
  });
  box.querySelector("[data-runs-again]").addEventListener("click", () => refresh(box));
  if (!box.dataset.runsUrl) return;
  window.addEventListener("focus", () => refresh(box));
  document.addEventListener("visibilitychange", () => document.hidden || refresh(box));
  refresh(box);
}

async function refresh(box) {
  clearTimeout(box.runsTimer);
  if (!box.dataset.runsUrl || !box.isConnected || linkOf(box).disabled) return;
  try {
    const response = await fetch(box.dataset.runsUrl, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    box.runs = (await response.json()).runs;
    say(box, "");
    show(box);
    if (box.runs.some(({ ended }) => !ended)) box.runsTimer = setTimeout(() => refresh(box), PAUSE_MS);
  } catch {
    say(box, "Your runs cannot be read at the moment. Press “Look again”, or paste a run's link.");
  }
}

function show(box) {
  const value = box.dataset.value ?? "";
  const runs = box.runs ?? [];
  const listed = runs.some(({ answer }) => answer === value);
  const focused = document.activeElement?.matches("[data-runs] input") ? document.activeElement.value : "";
  listOf(box).replaceChildren(...runs.map((run) => row(box, run, value)));
  if (focused) [...listOf(box).querySelectorAll("input")].find((input) => input.value === focused)?.focus();
  linkOf(box).value = listed ? "" : linkFor(value);
  box.querySelector("[data-no-runs]").hidden = !box.runs || runs.length > 0;
}

function row(box, { answer, url, words, seed, created_at, ended, why_not }, value) {
  const line = document.importNode(box.querySelector("template").content, true).firstElementChild;
  const input = line.querySelector("input");
  const part = (name) => line.querySelector(`[data-run-${name}]`);
  Object.assign(input, { value: answer, checked: answer === value, disabled: Boolean(why_not) && answer !== value });
  line.classList.toggle("cannot", Boolean(why_not));
  part("words").textContent = words;
  part("seed").textContent = `seed ${seed}, ${new Date(created_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  part("page").href = url;
  part("state").textContent = why_not || "counts";
  part("state").className = `badge ${why_not ? (ended ? "warn" : "") : "ok"}`;
  return line;
}

/** What the field shows for a run that is not in the list. */
function linkFor(value) {
  const found = RUN.exec(value);
  return found ? `${location.origin}/labs/runs/${found[1]}/` : value;
}

function uncheck(box) {
  for (const input of listOf(box).querySelectorAll("input:checked")) input.checked = false;
}

function say(box, words) {
  box.querySelector("[data-runs-trouble]").textContent = words;
}
