/* The admin: Markdown fields become editors with a preview that looks like the site. */
import { followScroll, mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";

for (const area of document.querySelectorAll("textarea[data-markdown]")) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const box = document.getElementById(area.dataset.previewId);
  const preview = box ? mountPreview(box, { url: area.dataset.previewUrl, token }) : () => {};
  const show = (text) => preview(text, { kind: area.dataset.kind });
  const editor = mountEditor(area, { nonce: area.dataset.nonce, changed: show });
  if (box) followScroll(editor, box);
  show(area.value);
}
