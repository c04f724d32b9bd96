// Parts of a diagram: radio buttons or check boxes with names, and the picture above them as a second way to reach them.
// The value is the list of the parts' keys; nothing picked is no answer.

import { read, write as tick } from "./many.js";

export { read };

export function write(box, value) {
  tick(box, value);
  show(box);
}

export function start(box) {
  box.addEventListener("click", (event) => inputOf(box, event.target.closest("[data-part]"))?.click());
  box.addEventListener("change", () => show(box));
  for (const happening of ["focusin", "focusout"]) box.addEventListener(happening, (event) => showFocus(box, event));
  show(box);
}

const inputsOf = (box) => [...box.querySelectorAll(".parts input")];

const inputOf = (box, part) => part && inputsOf(box).find((input) => input.value === part.dataset.part && !input.disabled);

/** The picture says what is picked. With all picks made the other boxes rest until one is taken back. */
function show(box) {
  const picked = new Set(read(box));
  for (const part of box.querySelectorAll("[data-part]")) part.toggleAttribute("data-picked", picked.has(part.dataset.part));
  const words = box.querySelector("[data-picked-words]");
  if (!words) return;
  const most = Number(box.dataset.pick);
  const full = picked.size >= most;
  words.textContent = `${picked.size} of ${most} picked${full ? ". Take one back to pick another." : ""}`;
  for (const input of inputsOf(box)) {
    input.closest(".choice").toggleAttribute("data-resting", full && !input.checked);
    if (!input.dataset.watched) input.addEventListener("click", (event) => refuseOneMore(box, event));
    input.dataset.watched = "yes";
  }
}

/** A check box beyond the number that is asked for stays empty. */
function refuseOneMore(box, event) {
  if (!event.target.checked || read(box).length <= Number(box.dataset.pick)) return;
  event.preventDefault();
  const words = box.querySelector("[data-picked-words]");
  words.classList.remove("nudge");
  void words.offsetWidth; // so that the movement starts anew
  words.classList.add("nudge");
}

function showFocus(box, { type, target }) {
  const focused = type === "focusin" && target.matches(".parts input:focus-visible") ? target.value : "";
  for (const part of box.querySelectorAll("[data-part]")) part.toggleAttribute("data-focused", part.dataset.part === focused);
}
