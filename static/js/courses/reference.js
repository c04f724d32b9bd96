/** The column that shows what a lab declares: follows the lab that is chosen in the form. */
export function mountReference(box) {
  const select = document.getElementById(box.dataset.referenceFor);
  if (!select) return;
  let request = null;
  select.addEventListener("change", async () => {
    request?.abort();
    if (!select.value) return say(box, "Choose a lab to see its knobs, actions, arms, series and metrics here.");
    request = new AbortController();
    box.setAttribute("aria-busy", "true");
    try {
      const url = `${box.dataset.referenceUrl}?${new URLSearchParams({ lab: select.value })}`;
      const response = await fetch(url, { signal: request.signal, credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      box.innerHTML = await response.text(); // made by the server from the lab's own declaration
    } catch (error) {
      if (error.name !== "AbortError") say(box, "What the lab declares could not be loaded. Choose it again to try once more.");
    } finally {
      box.removeAttribute("aria-busy");
    }
  });
}

function say(box, words) {
  const note = document.createElement("p");
  note.className = "quiet";
  note.textContent = words;
  box.replaceChildren(note);
}
