/** A button on every block of code that copies it. */

import { toast } from "../site/toast.js";

export function mountCopyButtons(root) {
  for (const box of root.querySelectorAll(".prose .highlight")) {
    if (box.querySelector(".copy")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(box.querySelector("pre").textContent, button));
    box.append(button);
  }
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1600);
  } catch {
    toast("The browser does not allow copying here. Select the code instead.", "bad");
  }
}
