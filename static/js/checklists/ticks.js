/** A visitor's ticks: kept in this browser, under the list's name. */

export function mountTicks() {
  const list = document.querySelector("[data-checklist-ticks]");
  if (!list) return;
  const key = `plimsoll:checklist:${list.dataset.checklistTicks}`;
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const words = list.querySelector("[data-ticked]");
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const say = (where) => (words.textContent = `${ticked().length} of ${boxes.length} ticked, ${where}.`);
  const kept = read(key);
  for (const box of boxes) box.checked = kept.includes(box.value);
  say("kept in this browser");
  list.querySelector("[data-tick-tools]").hidden = false;
  list.addEventListener("change", () => say(write(key, ticked())));
  list.querySelector("[data-untick]").addEventListener("click", () => {
    for (const box of boxes) box.checked = false;
    say(write(key, []));
  });
}

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return "kept in this browser";
  } catch {
    return "but this browser keeps nothing";
  }
}
