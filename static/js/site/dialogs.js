/** `[data-dialog=ID]` opens the dialog with that id; `[data-dialog-close]`, or a click beside it, closes it. */

export function mountDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    else if (event.target.closest?.("[data-dialog-close]")) event.target.closest("dialog")?.close();
    else if (event.target.matches?.("dialog[open]")) event.target.close();
  });
}
