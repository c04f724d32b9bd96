/* What every page needs. */
import { mountCsrf } from "../site/csrf.js";
import { mountDialogs } from "../site/dialogs.js";
import { mountMenus } from "../site/menus.js";
import { mountTabs } from "../site/tabs.js";
import { mountTheme } from "../site/theme.js";
import { mountToasts } from "../site/toast.js";

mountCsrf();
mountTheme();
mountMenus();
mountToasts();
mountTabs(document);
mountDialogs();
document.addEventListener("htmx:load", (event) => mountTabs(event.detail.elt));
