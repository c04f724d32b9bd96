// Single keys for the running attempt. They can be switched off, and rest while somebody types.

const NAME = "plimsoll:quiz-keys";

export function startKeys(root, actions) {
  const box = root.querySelector("[data-keys-on]");
  box.checked = read() !== "off";
  box.addEventListener("change", () => write(box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !box.checked) return;
    if (document.querySelector("dialog[open]") || typing(event.target)) return;
    const action = /^[1-9]$/.test(event.key) ? () => actions.pick(Number(event.key) - 1) : actions.keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

const typing = (target) => target.matches?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");

function read() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(NAME, value);
  } catch {
    /* holds for this page */
  }
}
