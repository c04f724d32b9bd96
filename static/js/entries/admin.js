/* The admin: Markdown fields become editors with a preview that looks like the site. */
import { mountEditor } from "../courses/editor.js";
import { mountPreview } from "../courses/preview.js";

for (const area of document.querySelectorAll("textarea[data-markdown]")) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const box = document.getElementById(area.dataset.previewId);
  const preview = box ? mountPreview(box, { url: area.dataset.previewUrl, token }) : () => {};
  const show = (text) => preview(text, { kind: area.dataset.kind });
  const editor = mountEditor(area, { nonce: area.dataset.nonce, changed: show });
  show(area.value);
  for (const link of document.querySelectorAll(`[data-line-of="${area.name}"]`)) {
    link.addEventListener("click", () => goTo(editor.view, Number(link.dataset.line)));
  }
}

function goTo(view, line) {
  const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
  view.focus();
}
