/** A learner's list: saved as it is gone through, counted, filtered, and every step can be taken back. */

import { Autosave } from "../courses/autosave.js";
import { countStates, progressWords } from "./progress.js";

export function mountUse() {
  const form = document.querySelector("form[data-checklist]");
  if (!form) return;
  const saving = autosave(form);
  const steps = [];
  const undo = form.querySelector("[data-undo]");
  const before = remembered(form);
  const changed = (names) => {
    show(form);
    undo.disabled = steps.length === 0;
    for (const name of names) before.set(name, form.elements[name].value);
    saving.touch();
  };
  const step = (names) => {
    const differing = names.filter((name) => before.get(name) !== form.elements[name].value);
    if (differing.length === 0) return;
    steps.push(differing.map((name) => [name, before.get(name)]));
    changed(differing);
  };
  const back = () => {
    const last = steps.pop();
    if (!last) return;
    for (const [name, value] of last) form.elements[name].value = value;
    changed(last.map(([name]) => name));
    reach(form, last[0][0]);
  };
  form.addEventListener("input", (event) => before.has(event.target.name) && saving.touch());
  form.addEventListener("change", (event) => before.has(event.target.name) && step([event.target.name]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    saving.send();
  });
  undo.addEventListener("click", back);
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches?.("textarea, input[type=text], input:not([type]), input[type=search]");
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z" || writing) return;
    event.preventDefault();
    back();
  });
  settleConflicts(form, saving, step);
  mountFilter(form);
  form.querySelector("[data-tools]").hidden = false;
}

/** The fields that are kept, with what stands in them. */
function remembered(form) {
  const names = [...form.elements].map((control) => control.name).filter((name) => name === "title" || name.includes("."));
  return new Map([...new Set(names)].map((name) => [name, form.elements[name].value]));
}

function autosave(form) {
  const state = form.querySelector("[data-state]");
  return new Autosave({
    url: form.action,
    revision: form.elements.revision.value,
    fields: () => Object.fromEntries(new FormData(form)),
    say: (words, kind) => {
      state.textContent = words;
      state.dataset.kind = kind;
    },
    conflict: (data) => {
      form.theirs = data;
      const differing = Object.entries(data.fields).filter(([name, value]) => form.elements[name]?.value !== value);
      const count = differing.length === 1 ? "One field differs" : `${differing.length} fields differ`;
      form.querySelector("[data-differs]").textContent = `This list was saved in another tab or browser after you opened it here. ${count}.`;
      form.querySelector("[data-conflict]").hidden = false;
    },
  });
}

function settleConflicts(form, saving, step) {
  const box = form.querySelector("[data-conflict]");
  box.addEventListener("click", (event) => {
    const side = event.target.dataset.take;
    if (!side) return;
    box.hidden = true;
    if (side === "theirs") {
      const known = Object.entries(form.theirs.fields).filter(([name]) => form.elements[name]);
      for (const [name, value] of known) form.elements[name].value = value;
      step(known.map(([name]) => name));
    }
    saving.settle(form.theirs.revision, { send: side === "mine" });
  });
}

/** Each item's state as the page shows it, and the counts. */
function show(form) {
  for (const item of form.querySelectorAll("[data-item]")) item.dataset.value = form.elements[`state.${item.dataset.item}`].value;
  const asked = [...form.querySelectorAll("[data-item]")].filter((item) => !item.closest("[data-dropped]"));
  const progress = countStates(asked.map((item) => item.dataset.value));
  const [share, rest] = progressWords(progress);
  const strong = document.createElement("strong");
  strong.className = "num";
  strong.textContent = share;
  form.querySelector("[data-counts]").replaceChildren(strong, rest);
  form.querySelector("[data-progress]").value = progress.settled;
}

/** What changes its state while a filter is on stays in sight until another is chosen: nothing vanishes under the hand. */
function mountFilter(form) {
  const nothing = form.querySelector("[data-nothing]");
  form.querySelector("[data-filter]").addEventListener("change", (event) => {
    const wanted = event.target.value;
    for (const item of form.querySelectorAll("[data-item]")) item.hidden = wanted !== "all" && item.dataset.value !== wanted;
    for (const group of form.querySelectorAll(".checklist-group")) group.hidden = !group.querySelector("[data-item]:not([hidden])");
    nothing.hidden = Boolean(form.querySelector("[data-item]:not([hidden])"));
  });
}

/** To where the step was taken back. */
function reach(form, name) {
  const control = form.elements[name];
  const target = control instanceof RadioNodeList ? [...control].find((each) => each.checked) : control;
  const item = target?.closest("[data-item]");
  if (item?.hidden) {
    item.hidden = false;
    item.closest(".checklist-group").hidden = false;
  }
  if (target?.closest("details")) target.closest("details").open = true;
  target?.focus();
}
