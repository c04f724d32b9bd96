// Reading and writing answers, by the shape that a kind's template declares in data-input. One file a shape.

import * as fields from "./fields.js";
import * as many from "./many.js";
import * as one from "./one.js";
import * as order from "./order.js";
import * as parts from "./parts.js";
import * as reading from "./reading.js";
import * as run from "./run.js";
import * as text from "./text.js";

const SHAPES = { fields, many, one, order, parts, reading, run, text };

const boxOf = (question) => question.querySelector("[data-input]");

/** Make the inputs below `root` work that need more than the browser's own; each once. */
export function startInputs(root) {
  for (const box of root.querySelectorAll("[data-input]:not([data-started])")) {
    box.dataset.started = "yes";
    SHAPES[box.dataset.input].start?.(box);
  }
}

export function readAnswer(question) {
  const box = boxOf(question);
  return SHAPES[box.dataset.input].read(box);
}

export function writeAnswer(question, value) {
  const box = boxOf(question);
  SHAPES[box.dataset.input].write(box, value);
}

/** Choose the n-th option (from 0) as a click would. False where there is none. */
export function pick(question, index) {
  const input = question.querySelectorAll(".choice input")[index];
  if (!input || input.disabled) return false;
  input.click();
  input.focus();
  return true;
}

/** No more answers here: the time is over, or the question is closed. */
export function lock(question) {
  for (const field of question.querySelectorAll("[data-input] :is(input, textarea, select, button), [data-question-tools] :is(input, button)")) {
    field.disabled = true;
  }
}
