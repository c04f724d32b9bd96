/* Runs before the first paint: applies the theme that the reader chose, so that the page does not flash. */
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is blocked: the system's preference stands.
}
