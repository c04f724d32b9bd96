/** How an arm looks everywhere: a colour from the CSS, a dash and a marker, so that colour is never the only sign. */
import { s } from "./dom.js";

const DASHES = [[], [9, 4], [2, 4], [12, 4, 2, 4], [6, 3], [16, 5], [4, 2], [1, 3], [10, 3, 3, 3]];
const MARKERS = ["circle", "square", "triangle", "diamond", "plus", "cross", "down", "star", "bar"];

/** @param {number} index of the arm in the lab's declaration */
export function armLook(index) {
  const slot = index % DASHES.length;
  return { variable: `--arm-${slot + 1}`, dash: DASHES[slot], marker: MARKERS[slot] };
}

const resolved = new Map();
document.addEventListener("themechange", () => resolved.clear());

/** What a colour variable of the CSS is in the current theme, for canvases. */
export function colour(variable) {
  if (!resolved.has(variable)) resolved.set(variable, compute(variable));
  return resolved.get(variable);
}

let probe = null;

function compute(variable) {
  probe ??= document.body.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
  probe.style.color = `var(${variable})`;
  return getComputedStyle(probe).color;
}

/** The same colour, thinner. `share` is the opacity. */
export function faded(variable, share) {
  const [red, green, blue] = colour(variable).match(/[\d.]+/g);
  return `rgb(${red} ${green} ${blue} / ${share})`;
}

/** Draws the arm's marker around (x, y). */
export function drawMarker(context, marker, x, y, r) {
  context.beginPath();
  POINTS[marker](context, x, y, r);
  if (marker === "plus" || marker === "cross" || marker === "bar") context.stroke();
  else context.fill();
}

const polygon = (context, ...points) => {
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
};
const strokes = (context, ...lines) => lines.forEach(([a, b, c, d]) => (context.moveTo(a, b), context.lineTo(c, d)));

const POINTS = {
  circle: (c, x, y, r) => c.arc(x, y, r, 0, 7),
  square: (c, x, y, r) => c.rect(x - r, y - r, 2 * r, 2 * r),
  triangle: (c, x, y, r) => polygon(c, [x, y - r * 1.3], [x + r * 1.2, y + r], [x - r * 1.2, y + r]),
  down: (c, x, y, r) => polygon(c, [x, y + r * 1.3], [x + r * 1.2, y - r], [x - r * 1.2, y - r]),
  diamond: (c, x, y, r) => polygon(c, [x, y - r * 1.4], [x + r * 1.2, y], [x, y + r * 1.4], [x - r * 1.2, y]),
  plus: (c, x, y, r) => strokes(c, [x - r * 1.2, y, x + r * 1.2, y], [x, y - r * 1.2, x, y + r * 1.2]),
  cross: (c, x, y, r) => strokes(c, [x - r, y - r, x + r, y + r], [x - r, y + r, x + r, y - r]),
  star: (c, x, y, r) => polygon(c, [x, y - r * 1.5], [x + r * 0.5, y - r * 0.4], [x + r * 1.5, y], [x + r * 0.5, y + r * 0.4], [x, y + r * 1.5], [x - r * 0.5, y + r * 0.4], [x - r * 1.5, y], [x - r * 0.5, y - r * 0.4]),
  bar: (c, x, y, r) => strokes(c, [x, y - r * 1.4, x, y + r * 1.4]),
};

const SVG_MARKERS = {
  circle: ["circle", { cx: 14, cy: 6, r: 3.2 }],
  square: ["rect", { x: 11, y: 3, width: 6, height: 6 }],
  triangle: ["path", { d: "M14 2l4 7h-8z" }],
  down: ["path", { d: "M14 10l4-7h-8z" }],
  diamond: ["path", { d: "M14 1.5 18 6l-4 4.5L10 6z" }],
  plus: ["path", { d: "M14 2v8M10 6h8" }],
  cross: ["path", { d: "M11 3l6 6M11 9l6-6" }],
  star: ["path", { d: "M14 1l1.5 3.5L19 6l-3.5 1.5L14 11l-1.5-3.5L9 6l3.5-1.5z" }],
  bar: ["path", { d: "M14 1v10" }],
};

/** The arm's line with its dash and marker, for legends. */
export function swatch(index) {
  const { variable, dash, marker } = armLook(index);
  const [tag, shape] = SVG_MARKERS[marker];
  const line = s("path", { d: "M1 6h26", "stroke-dasharray": dash.map((n) => n * 0.7).join(" ") || null, fill: "none" });
  const svg = s("svg", { class: "arm-swatch", viewBox: "0 0 28 12", width: 28, height: 12, "stroke-width": 2, "aria-hidden": "true" }, line, s(tag, shape));
  svg.style.color = `var(${variable})`;
  return svg;
}
