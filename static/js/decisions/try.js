/** The editor for a visitor: the text stays in this browser, and leaves it as a file. */

import { followScroll, mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";

const KEY = "plimsoll:decision";

export function mountTry() {
  const form = document.querySelector("form[data-decision-try]");
  if (!form) return;
  const area = form.querySelector("[data-markdown]");
  const box = form.querySelector("[data-preview]");
  const state = form.querySelector("[data-state]");
  const skeleton = area.value;
  const kept = read();
  if (kept) {
    area.value = kept.body;
    form.elements.title.value = kept.title;
    state.textContent = "What you wrote here before";
  }
  const preview = mountPreview(box, { url: box.dataset.previewUrl });
  const keep = () => (state.textContent = write({ title: form.elements.title.value, body: area.value }));
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
    event.preventDefault();
    download(form.elements.title.value.trim() || "Untitled decision", area.value);
  });
  form.querySelector("[data-reset]").addEventListener("click", () => {
    editor.set(skeleton);
    form.elements.title.value = "";
    keep();
  });
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(KEY, JSON.stringify(value));
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
