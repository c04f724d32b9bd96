/* The list of labs. */
import { mountFilter } from "../lab/list_filter.js";

const form = document.querySelector("[data-labs-filter]");
if (form) mountFilter(form, document);
