/** Drop-down menus (`details.menu`) close on Escape and on a click elsewhere; the phone's menu opens and closes. */

export function mountMenus() {
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaveMenu();
  });
  mountPhoneMenu();
  markSection();
}

function closeMenus(target) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}

function leaveMenu() {
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function mountPhoneMenu() {
  const header = document.querySelector(".site-header");
  const button = header?.querySelector(".nav-toggle");
  if (!button) return;
  header.classList.add("js");
  button.addEventListener("click", () => {
    const open = header.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
}

/** A template's `section` block names the menu entry that the page belongs to, where its address does not. */
function markSection() {
  const section = document.body.dataset.section?.trim();
  if (!section) return;
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (link.dataset.nav === section) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
