/** Shows the labs that have all the words, and the world, that were asked for; the address keeps the question. */

/** @param {HTMLFormElement} form @param {Document} page */
export function mountFilter(form, page) {
  const words = form.querySelector("input[type=search]");
  const worlds = [...form.querySelectorAll("input[name=world]")];
  const items = [...page.querySelectorAll("[data-lab-words]")];
  const asked = new URLSearchParams(location.search);
  words.value = asked.get("q") ?? "";
  for (const radio of worlds) radio.checked = radio.value === (asked.get("world") ?? "");
  if (!worlds.some(({ checked }) => checked)) worlds[0].checked = true;
  const show = () => {
    const world = worlds.find(({ checked }) => checked).value;
    for (const item of items) item.hidden = !matches(item.dataset, words.value, world);
    for (const group of page.querySelectorAll("[data-labs-group]")) group.hidden = !group.querySelector("[data-lab-words]:not([hidden])");
    const left = items.filter(({ hidden }) => !hidden).length;
    page.querySelector("[data-labs-none]").hidden = left > 0;
    page.querySelector("[data-labs-count]").textContent = left === items.length ? `${left} labs` : `${left} of ${items.length} labs`;
    keep(words.value, world);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", show);
  page.querySelector("[data-labs-all]").addEventListener("click", () => {
    words.value = "";
    worlds[0].checked = true;
    show();
    words.focus();
  });
  form.hidden = false;
  show();
}

/** Whether a lab has each of the words, somewhere, and the world. */
export function matches({ labWords, labWorlds }, text, world) {
  const has = labWords.toLowerCase();
  const all = text.toLowerCase().split(/\s+/).every((word) => has.includes(word));
  return all && (!world || labWorlds.split(" ").includes(world));
}

function keep(text, world) {
  const query = new URLSearchParams();
  if (text.trim()) query.set("q", text.trim());
  if (world) query.set("world", world);
  history.replaceState(history.state, "", query.size ? `?${query}` : location.pathname);
}
