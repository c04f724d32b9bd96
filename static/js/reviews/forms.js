// The form of an own card shows each side as it will look; the import says at once when a file is too large.

import { mountPreview } from "../courses/preview.js";

export function mountCardForm(form) {
  for (const box of form.querySelectorAll("[data-preview-of]")) {
    const area = document.getElementById(box.dataset.previewOf);
    const show = mountPreview(box, { url: form.dataset.previewUrl });
    area.addEventListener("input", () => show(area.value));
    if (area.value) show(area.value);
  }
}

export function mountAnkiForm(form) {
  const file = form.querySelector('input[type="file"]');
  const error = form.querySelector("[data-file-error]");
  const most = Number(form.dataset.maxBytes);
  const problem = () =>
    file.files[0]?.size > most
      ? `This file has ${Math.ceil(file.files[0].size / 1048576)} MB; ${Math.floor(most / 1048576)} are taken. Export the deck without “Include media”: pictures and sounds are left out anyway.`
      : "";
  file.addEventListener("change", () => (error.textContent = problem()));
  form.addEventListener("submit", (event) => {
    if (!problem()) return;
    event.preventDefault();
    error.textContent = problem();
    file.focus();
  });
}
