// Several of several: the values of the boxes that are ticked; nothing ticked is no answer.

export function read(box) {
  const values = [...box.querySelectorAll("input:checked")].map((input) => input.value);
  return values.length ? values : null;
}

export const write = (box, value) => box.querySelectorAll("input").forEach((input) => (input.checked = (value ?? []).includes(input.value)));
