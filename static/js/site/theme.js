/** The theme switch: light, dark, or as the system says. Fires `themechange` on the document. */

const root = document.documentElement;

export function mountTheme() {
  const menu = document.querySelector("[data-theme-menu]");
  if (menu) menu.hidden = false;
  showPressed();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-set]");
    if (button) choose(button.dataset.themeSet);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  remember(theme);
  showPressed();
  announce();
}

function remember(theme) {
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

function showPressed() {
  const current = root.dataset.theme ?? "system";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === current));
  }
}

function announce() {
  document.dispatchEvent(new CustomEvent("themechange"));
}
