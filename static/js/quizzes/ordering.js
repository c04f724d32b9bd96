// A list to be put in order: by arrow buttons, by the arrow keys on them, or by dragging. Fires "ordered" on the list's box.

export function startOrdering(box) {
  const list = box.querySelector(".ordering-list");
  box.dataset.first = keys(list).join(",");
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(box, button.closest("li"), Number(button.dataset.move), button);
    if (event.target.closest("[data-keep-order]")) settle(box);
  });
  box.addEventListener("keydown", (event) => {
    const button = event.target.closest("[data-move]");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!button || !step) return;
    event.preventDefault();
    move(box, button.closest("li"), step, button);
  });
  startDragging(box, list);
  refresh(box);
}

export function currentOrder(box) {
  return keys(box.querySelector(".ordering-list"));
}

/** Show an order; null shows the first one again, as not answered. */
export function setOrder(box, order) {
  const list = box.querySelector(".ordering-list");
  const wanted = order ?? (box.dataset.first ?? "").split(",").filter(Boolean);
  const items = new Map([...list.children].map((item) => [item.dataset.key, item]));
  if (wanted.join() !== keys(list).join()) list.append(...wanted.map((key) => items.get(key)).filter(Boolean));
  box.toggleAttribute("data-settled", order !== null);
  if (order !== null) box.dataset.settled = "yes";
  refresh(box);
}

const keys = (list) => [...list.children].map((item) => item.dataset.key);

function move(box, item, step, button) {
  const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(item);
  else other.after(item);
  settle(box);
  const place = [...item.parentElement.children].indexOf(item) + 1;
  box.querySelector("[data-moved]").textContent = `Now at place ${place} of ${item.parentElement.children.length}`;
  const same = item.querySelector(`[data-move="${button.dataset.move}"]`);
  (same.disabled ? item.querySelector("[data-move]:not(:disabled)") : same)?.focus();
}

function settle(box) {
  box.dataset.settled = "yes";
  refresh(box);
  box.dispatchEvent(new CustomEvent("ordered", { bubbles: true }));
}

function refresh(box) {
  const items = [...box.querySelectorAll(".ordering-item")];
  items.forEach((item, index) => {
    item.querySelector('[data-move="-1"]').disabled = index === 0;
    item.querySelector('[data-move="1"]').disabled = index === items.length - 1;
  });
  box.querySelector("[data-keep-order]").hidden = Boolean(box.dataset.settled);
}

function startDragging(box, list) {
  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".ordering-item") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(".ordering-item");
    if (!dragged) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    if (event.clientY < middle) over.before(dragged);
    else over.after(dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    dragged = null;
    settle(box);
  });
}
