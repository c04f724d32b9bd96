/** Tabs: `[role=tablist][data-tabs]` whose `[role=tab]` buttons name their panels in `aria-controls`. Arrows move, Home and End jump. */

export function mountTabs(root) {
  const lists = root.matches?.("[data-tabs]") ? [root] : root.querySelectorAll("[data-tabs]");
  for (const list of lists) mountList(list);
}

function mountList(list) {
  if (list.dataset.mounted) return;
  list.dataset.mounted = "yes";
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const first = tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0];
  if (first) select(tabs, first);
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) select(tabs, tab);
  });
  list.addEventListener("keydown", (event) => move(event, tabs));
}

function select(tabs, chosen) {
  for (const tab of tabs) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    if (panel) panel.hidden = !on;
  }
  chosen.dispatchEvent(new CustomEvent("tabshown", { bubbles: true }));
}

function move(event, tabs) {
  const now = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (now < 0 || to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  select(tabs, tab);
}
