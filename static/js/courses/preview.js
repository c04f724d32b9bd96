/** A preview that follows the text: a moment after the last change, the newest answer wins, the old one stays until then. */

import { csrfToken } from "../site/csrf.js";
import { mountCalculators } from "./calculator.js";
import { mountPredictions } from "./prediction.js";

const WAIT_MS = 300;

export function mountPreview(box, { url }) {
  let timer = 0;
  let request = null;
  const show = async (text, more) => {
    request?.abort();
    request = new AbortController();
    box.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams({ body: text, ...more });
      const headers = { "X-CSRFToken": csrfToken() };
      const response = await fetch(url, { method: "POST", body, headers, signal: request.signal, credentials: "same-origin" });
      const answer = await response.text();
      if (!response.ok) return say(box, response.status < 500 ? answer.slice(0, 200) : "The preview is not to be had now.");
      box.innerHTML = answer; // made and sanitised by the server
      mountCalculators(box);
      mountPredictions(box);
      reachByKeyboard(box);
      detach(box);
      say(box, "");
    } catch (error) {
      if (error.name !== "AbortError") say(box, "No connection: the preview follows when it is back.");
    } finally {
      box.removeAttribute("aria-busy");
    }
  };
  return (text, more = {}) => {
    clearTimeout(timer);
    timer = setTimeout(() => show(text, more), WAIT_MS);
  };
}

/** What scrolls sideways can be scrolled with the arrow keys, too. */
export function reachByKeyboard(box) {
  for (const area of box.querySelectorAll("pre, table, .table-box, .scroll-x")) {
    if (area.scrollWidth > area.clientWidth || area.scrollHeight > area.clientHeight) area.tabIndex = 0;
  }
}

/** Inputs of a text that is shown inside a form are no part of it: they are neither sent with it nor send it. */
function detach(box) {
  if (!box.closest("form")) return;
  for (const control of box.querySelectorAll("input, select, textarea, button")) control.setAttribute("form", "");
}

function say(box, words) {
  box.parentElement.querySelector(":scope > .preview-note")?.remove();
  if (!words) return;
  const note = document.createElement("p");
  note.className = "preview-note callout warn";
  note.textContent = words;
  box.before(note);
}
