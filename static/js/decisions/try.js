/** The editor for a visitor: the text stays in this browser, and leaves it as a file. */

import { followScroll, mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";

const KEY = "plimsoll:decision"; // an exercise has a place of its own: `data-key`

export function mountTry() {
  const form = document.querySelector("form[data-decision-try]");
  if (!form) return;
  const area = form.querySelector("[data-markdown]");
  const box = form.querySelector("[data-preview]");
  const state = form.querySelector("[data-state]");
  const skeleton = form.querySelector("[data-given]")?.content.textContent ?? area.value;
  const key = form.dataset.key ?? KEY;
  const kept = read(key);
  if (kept) {
    area.value = kept.body;
    form.elements.title.value = kept.title;
    state.textContent = "What you wrote here before";
  }
  const preview = mountPreview(box, { url: box.dataset.previewUrl });
  const keep = () => (state.textContent = write(key, { title: form.elements.title.value, body: area.value }));
  const editor = mountEditor(area, {
    nonce: area.dataset.nonce,
    changed: (text) => {
      keep();
      preview(text);
    },
  });
  followScroll(editor, box);
  preview(area.value);
  form.elements.title.addEventListener("input", keep);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-send]")) return;
    event.preventDefault();
    download(form.elements.title.value.trim() || "Untitled decision", area.value);
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    editor.set(skeleton);
    form.elements.title.value = form.elements.title.defaultValue;
    keep();
  });
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return "Kept in this browser";
  } catch {
    return "This browser keeps nothing: export before you leave";
  }
}

function download(title, body) {
  const today = new Date().toISOString().slice(0, 10);
  const text = `---\ntitle: ${JSON.stringify(title)}\nstatus: proposed\ndate: '${today}'\n---\n\n# ${title}\n\n${body.trim()}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  link.download = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "decision"}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
