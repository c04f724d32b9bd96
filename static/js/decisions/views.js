/** Write, read, or both: what of the editor is shown. A phone begins with writing. */

export function mountViews() {
  const chooser = document.querySelector("[data-editor-views]");
  const panes = document.querySelector("[data-editor-panes]");
  if (!chooser || !panes) return;
  const show = (view) => {
    panes.dataset.view = view;
    chooser.querySelector(`input[value="${view}"]`).checked = true;
  };
  chooser.addEventListener("change", (event) => show(event.target.value));
  if (window.matchMedia("(max-width: 56rem)").matches) show("write");
}
