/** Keys of the lab page, and the dialog that lists them. */
import { h } from "./dom.js";

const KEYS = [
  ["Space", "play or pause; before the run: run"],
  ["← →", "one bin back or on"],
  ["Shift ← →", "ten bins"],
  ["[ ]", "previous or next mark"],
  ["Home End", "to the start, to what is buffered"],
  ["+ −", "faster, slower"],
  ["1 … 9", "a variant in the picture; 0 shows all"],
  ["Tab ← →", "from server to server in the picture; Enter offers what can be done to it"],
  ["?", "this list"],
];

export function mountKeyboard(session, { bar, stage }) {
  const dialog = helpDialog();
  document.body.append(dialog);
  const actions = {
    " ": () => bar.press(),
    "ArrowLeft": ({ shiftKey }) => bar.step(shiftKey ? -10 : -1),
    "ArrowRight": ({ shiftKey }) => bar.step(shiftKey ? 10 : 1),
    "[": () => bar.jump(-1),
    "]": () => bar.jump(1),
    Home: () => session.player.seek(0),
    End: () => session.player.seek(session.player.bufferedS),
    "+": () => session.player.nudgeSpeed(1),
    "=": () => session.player.nudgeSpeed(1),
    "-": () => session.player.nudgeSpeed(-1),
    "?": () => dialog.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    const action = actions[event.key] ?? (/^[0-9]$/.test(event.key) ? () => stage.selectByNumber(Number(event.key)) : null);
    if (!action || (!session.run && /^(Arrow|Home|End|\[|\])/.test(event.key))) return;
    event.preventDefault();
    action(event);
  });
  return () => dialog.showModal();
}

/** Whether the focused control needs this key itself. */
function isTaken({ target, key }) {
  if (document.querySelector("dialog[open]")) return true;
  if (target.matches("input[type=radio], input[type=checkbox]")) return key === " " || key.startsWith("Arrow");
  if (target.closest("input, select, textarea, [contenteditable]") && !target.closest(".rail")) return true;
  const presses = target.closest("button, a, summary, [role=tab]");
  return Boolean(presses) && (key === " " || (presses.matches("[role=tab]") && /^(Arrow|Home|End)/.test(key)));
}

function helpDialog() {
  const rows = KEYS.map(([keys, what]) => h("tr", {}, h("th", { scope: "row" }, keys.split(" ").map((key) => [h("kbd", {}, key), " "])), h("td", {}, what)));
  const close = h("button", { type: "button", class: "btn", "data-dialog-close": true }, "Close");
  return h("dialog", { class: "dialog", "aria-label": "Keys" }, h("header", {}, h("h2", {}, "Keys")), h("div", { class: "body" }, h("table", { class: "table" }, h("tbody", {}, rows)), h("p", { class: "muted small" }, "Click a chart to move the playhead there; drag over it to look closer, double-click to see the whole run.")), h("footer", {}, close));
}
