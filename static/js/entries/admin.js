/* The admin: Markdown fields become editors with a preview that looks like the site. */
import { followScroll, mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";
import { mountReference } from "../courses/reference.js";

for (const area of document.querySelectorAll("textarea[data-markdown]")) {
  const box = document.getElementById(area.dataset.previewId);
  const preview = box ? mountPreview(box, { url: area.dataset.previewUrl }) : () => {};
  const show = (text) => preview(text, { kind: area.dataset.kind });
  const editor = mountEditor(area, { nonce: area.dataset.nonce, changed: show });
  if (box) followScroll(editor, box);
  show(area.value);
}

for (const box of document.querySelectorAll("[data-reference-url]")) mountReference(box);
