// Several named fields: {name: text}, without the empty ones; all empty is no answer. Radio buttons of one name are one field.

const fieldsOf = (box) => [...box.querySelectorAll("[data-field]")];

export function read(box) {
  const filled = fieldsOf(box)
    .filter((field) => field.type !== "radio" || field.checked)
    .map((field) => [field.dataset.field, field.value.trim()])
    .filter(([, text]) => text);
  return filled.length ? Object.fromEntries(filled) : null;
}

export function write(box, value) {
  for (const field of fieldsOf(box)) {
    const text = String(value?.[field.dataset.field] ?? "");
    if (field.type === "radio") field.checked = field.value === text;
    else if (field.value.trim() !== text) field.value = text;
  }
}
