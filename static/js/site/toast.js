/** Short messages in the corner. Kinds: "", "ok", "bad". Bad ones stay until they are closed. */

const SHOWN_MS = 6000;

export function mountToasts() {
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
}

export function toast(text, kind = "") {
  const box = document.getElementById("toasts");
  if (!box) return;
  const item = document.createElement("div");
  item.className = `toast ${kind}`;
  item.append(text, closeButton(item));
  box.append(item);
  if (kind !== "bad") setTimeout(() => item.remove(), SHOWN_MS);
}

function closeButton(item) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", "Close this message");
  button.addEventListener("click", () => item.remove());
  return button;
}
