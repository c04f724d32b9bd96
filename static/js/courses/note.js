/** Notes beside a lesson, saved as they are written. */

import { Autosave } from "./autosave.js";

export function mountNote() {
  const form = document.querySelector("form[data-note]");
  if (!form) return;
  const text = form.elements.text;
  const state = form.querySelector("[data-state]");
  const box = form.querySelector("[data-conflict]");
  let theirs = null;
  const saving = new Autosave({
    url: form.action,
    revision: form.elements.revision.value,
    fields: () => ({ text: text.value }),
    say: (words, kind) => {
      state.textContent = words;
      state.dataset.kind = kind;
    },
    conflict: (data) => {
      theirs = data;
      box.hidden = false;
    },
  });
  text.addEventListener("input", () => saving.touch());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    saving.send();
  });
  box.addEventListener("click", (event) => {
    const side = event.target.dataset.take;
    if (!side) return;
    if (side === "theirs") text.value = theirs.text;
    box.hidden = true;
    saving.settle(theirs.revision, { send: side === "mine" });
  });
}
