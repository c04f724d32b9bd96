/* Lab pages, and labs inside lessons. */
import { mountInline } from "../lab/inline.js";
import { mountPage } from "../lab/page.js";

const page = document.getElementById("lab");
if (page) mountPage(page);
for (const root of document.querySelectorAll("[data-lab-inline]")) mountInline(root);
