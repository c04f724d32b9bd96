/** Elements from JavaScript, without a framework. */

/**
 * `h("button", {class: "btn", onclick: run, "aria-label": "Run"}, "Run")`. Properties that start with "on" are listeners;
 * true sets an empty attribute; false, null and undefined set none.
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; children as in `h`. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
}

let counter = 0;

/** An id that no other element on the page has. */
export function uniqueId(stem) {
  counter += 1;
  return `${stem}-${counter}`;
}

/** Sets the text only where it differs, so that screen readers hear changes alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
