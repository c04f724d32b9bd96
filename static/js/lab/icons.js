/** Line icons, drawn for this site on a grid of 24. */
import { s } from "./dom.js";

const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M7 5v14M17 5v14",
  start: "M5 5v14M19 5 9 12l10 7z",
  back: "M15 5l-8 7 8 7",
  forward: "M9 5l8 7-8 7",
  flagBack: "M20 5 12 12l8 7M6 20V4l5 3-5 3",
  flagForward: "M4 5l8 7-8 7M14 20V4l6 3-6 3",
  undo: "M9 7 4.5 11.5 9 16M5 11.5h9a5.5 5.5 0 0 1 0 11h-3",
  fork: "M6 4v16M6 13c0-5 12-2 12-9M14.5 7 18 3.5 21.5 7",
  link: "M10 14a4.5 4.5 0 0 0 6.5 0l3-3A4.6 4.6 0 0 0 13 4.5l-1.5 1.5M14 10a4.5 4.5 0 0 0-6.5 0l-3 3A4.6 4.6 0 0 0 11 19.5l1.5-1.5",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  table: "M4 5h16v14H4zM4 10h16M10 10v9",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.6v.2",
  check: "M5 12.5 10 17.5 19.5 7",
  reset: "M5 12a7 7 0 1 0 2.5-5.4M5 4v4h4",
  stop: "M6 6h12v12H6z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  heart: "M12 20S4 15 4 9.5A4.2 4.2 0 0 1 12 7.5 4.2 4.2 0 0 1 20 9.5C20 15 12 20 12 20z",
  slow: "M12 4a8 8 0 1 0 .1 0M12 8v4.5l3 2",
  fast: "M4 6l7 6-7 6M12.5 6l7 6-7 6",
  plus: "M12 5v14M5 12h14",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  knobs: "M4 8h9M17 8h3M4 16h3M11 16h9M15 5.5v5M9 13.5v5",
};

const FILLED = new Set(["play", "start", "stop"]);

/** Icons that labs name for their chaos buttons; other names get the bolt. */
const ACTIONS = { break: "bolt", heal: "heart", slow: "slow", kill: "stop", add: "plus", fast: "fast", unslow: "fast" };

export function icon(name) {
  const path = s("path", { d: PATHS[name] ?? PATHS.bolt });
  return s("svg", { class: "icon", viewBox: "0 0 24 24", fill: FILLED.has(name) ? "currentColor" : "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, path);
}

export function actionIcon(action) {
  const known = ACTIONS[action.icon] ?? ACTIONS[action.name.split(/[-_]/)[0]];
  return icon(known ?? "bolt");
}
