// Reading and writing answers, by the shape that a kind's template declares in data-input: one, many, text, order.

import { currentOrder, setOrder } from "./ordering.js";

const SHAPES = {
  one: {
    read: (box) => box.querySelector("input:checked")?.value ?? null,
    write: (box, value) => box.querySelectorAll("input").forEach((input) => (input.checked = input.value === value)),
  },
  many: {
    read: (box) => listOrNull([...box.querySelectorAll("input:checked")].map((input) => input.value)),
    write: (box, value) => box.querySelectorAll("input").forEach((input) => (input.checked = (value ?? []).includes(input.value))),
  },
  text: {
    read: (box) => box.querySelector("input, textarea").value.trim() || null,
    write: (box, value) => {
      const field = box.querySelector("input, textarea");
      const text = value === null ? "" : String(value);
      if (field.value.trim() !== text) field.value = text;
    },
  },
  order: {
    read: (box) => (box.dataset.settled ? currentOrder(box) : null),
    write: (box, value) => setOrder(box, value),
  },
};

const listOrNull = (values) => (values.length ? values : null);

const boxOf = (question) => question.querySelector("[data-input]");

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

/** No more answers: the attempt is over or the time is. */
export function lock(root) {
  for (const field of root.querySelectorAll("[data-question] input, [data-question] textarea, [data-question] button")) {
    field.disabled = true;
  }
}
