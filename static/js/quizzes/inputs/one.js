// One of several: the value of the radio button that is chosen.

export const read = (box) => box.querySelector("input:checked")?.value ?? null;

export const write = (box, value) => box.querySelectorAll("input").forEach((input) => (input.checked = input.value === value));
