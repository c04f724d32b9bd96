/** The editor of a record: saved as it is written, previewed beside, Ctrl+S makes a version. */

import { Autosave } from "../courses/autosave.js";
import { followScroll, mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";
import { toast } from "../site/toast.js";

export function mountDecision() {
  const form = document.querySelector("form[data-decision]");
  if (!form) return;
  const area = form.querySelector("[data-markdown]");
  const box = form.querySelector("[data-preview]");
  const preview = mountPreview(box, { url: box.dataset.previewUrl });
  const saving = autosave(form, area);
  const version = () => {
    saving.send({ version: "yes" });
    return true;
  };
  const editor = mountEditor(area, {
    nonce: area.dataset.nonce,
    keys: [{ key: "Mod-s", run: version, preventDefault: true }],
    changed: (text) => {
      saving.touch();
      preview(text);
    },
  });
  followScroll(editor, box);
  form.elements.title.addEventListener("input", () => saving.touch());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    version();
  });
  settleConflicts(form, saving, editor);
  mountStatus();
  document.querySelector("[data-select]")?.addEventListener("focus", (event) => event.target.select());
}

function autosave(form, area) {
  const state = form.querySelector("[data-state]");
  return new Autosave({
    url: form.action,
    revision: form.elements.revision.value,
    fields: () => ({ title: form.elements.title.value, body: area.value }),
    say: (words, kind) => {
      state.textContent = words;
      state.dataset.kind = kind;
    },
    conflict: (data) => {
      form.theirs = data;
      form.querySelector("[data-conflict]").hidden = false;
    },
  });
}

function settleConflicts(form, saving, editor) {
  const box = form.querySelector("[data-conflict]");
  box.addEventListener("click", (event) => {
    const side = event.target.dataset.take;
    if (!side) return;
    box.hidden = true;
    if (side === "theirs") {
      form.elements.title.value = form.theirs.title;
      saving.held = true;
      editor.set(form.theirs.body);
      toast("The other tab's text is here now. Undo brings yours back.");
    }
    saving.settle(form.theirs.revision, { send: side === "mine" });
  });
}

function mountStatus() {
  const choice = document.querySelector("[data-status]");
  const successor = document.querySelector("[data-successor]");
  choice?.addEventListener("change", () => (successor.hidden = choice.value !== "superseded"));
}
