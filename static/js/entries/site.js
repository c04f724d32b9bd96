/* What every page needs. */
import { mountDialogs } from "../site/dialogs.js";
import { mountMenus } from "../site/menus.js";
import { mountTabs } from "../site/tabs.js";
import { mountTheme } from "../site/theme.js";
import { mountToasts } from "../site/toast.js";

mountTheme();
mountMenus();
mountToasts();
mountTabs(document);
mountDialogs();
document.addEventListener("htmx:load", (event) => mountTabs(event.detail.elt));
