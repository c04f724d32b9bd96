/** The picture and the charts as one image, composed in the browser, with a legend and the run's address. */
import { armLook, colour, drawMarker } from "./palette.js";
import { settingsInWords } from "./tools.js";

const WIDTH = 1600;
const PAD = 48;
const FONT = '"Inter Variable", sans-serif';

export function exportPicture(session) {
  const page = document.getElementById("lab") ?? document.body;
  const canvas = document.createElement("canvas");
  const rows = layOut(blocks(page), session.arms.length);
  canvas.width = WIDTH;
  canvas.height = rows.height;
  draw(canvas.getContext("2d"), session, rows);
  canvas.toBlob((blob) => save(blob, `plimsoll-${session.description.slug}-${session.run.id.slice(0, 8)}.png`));
}

/**
 * What stands together: the pictures; charts in two columns; each strip chart with its scale; one variant's small charts.
 * @returns {{columns: number, panels: {title: string, canvas: HTMLCanvasElement, height?: number}[]}[]}
 */
function blocks(page) {
  const pictures = [...page.querySelectorAll(".stage-cell")].map((cell) => ({ title: textOf(cell, "figcaption"), canvas: cell.querySelector("canvas") }));
  const found = [{ columns: Math.min(2, pictures.length) || 1, panels: pictures }];
  for (const chart of page.querySelectorAll(".chart, .multiple")) {
    if (chart.matches(".heat-card")) found.push(scaleOf(chart), strips(chart));
    else if (chart.matches(".multiple")) found.push(smallCharts(chart));
    else addPlot(found, { title: textOf(chart, "h3"), canvas: chart.querySelector("canvas") });
  }
  return found;
}

/** Charts that follow each other share rows. */
function addPlot(found, panel) {
  if (!panel.canvas) return;
  if (!found.at(-1).plots) found.push({ columns: 2, panels: [], plots: true });
  found.at(-1).panels.push(panel);
}

function scaleOf(chart) {
  const numbers = [...chart.querySelectorAll(".heat-ticks span")].map(({ textContent }) => textContent);
  const words = textOf(chart, ".heat-legend > .small");
  return { columns: 2, panels: [{ title: `${textOf(chart, "h3")}: ${numbers.join(", ")} (${words})`, canvas: chart.querySelector(".heat-scale"), height: 14 }] };
}

function strips(chart) {
  const panels = [...chart.querySelectorAll("figure")].map((strip) => ({ title: textOf(strip, "figcaption"), canvas: strip.querySelector("canvas") }));
  return { columns: Math.min(3, panels.length) || 1, panels };
}

function smallCharts(card) {
  const arm = textOf(card, "h3");
  const charts = [...card.querySelectorAll(".multiple-chart")];
  return { columns: 4, panels: charts.map((chart) => ({ title: `${arm}: ${textOf(chart, ".multiple-title span")}`, canvas: chart.querySelector("canvas") })) };
}

const textOf = (element, selector) => element.querySelector(selector)?.textContent.trim() ?? "";

function layOut(groups, arms) {
  let y = 190 + (arms > 5 ? 28 : 0) + (arms > 10 ? 28 : 0);
  const items = [];
  for (const { columns, panels } of groups) {
    const width = (WIDTH - PAD * (columns + 1)) / columns;
    for (let i = 0; i < panels.length; i += columns) {
      const row = panels.slice(i, i + columns).map((panel, column) => ({ ...panel, x: PAD + column * (width + PAD), y: y + 28, width, height: panel.height ?? (panel.canvas.height / panel.canvas.width) * width }));
      items.push(...row);
      y += Math.max(...row.map(({ height }) => height)) + 56;
    }
  }
  return { items, height: Math.ceil(y + 40) };
}

function draw(context, session, { items, height }) {
  context.fillStyle = colour("--surface");
  context.fillRect(0, 0, WIDTH, height);
  context.fillStyle = colour("--ink");
  context.font = `650 34px ${FONT}`;
  context.fillText(session.description.title, PAD, 66);
  context.font = `400 20px ${FONT}`;
  context.fillStyle = colour("--ink-2");
  context.fillText(session.description.question, PAD, 98);
  context.fillText(`Seed ${session.run.seed}, ${session.run.world}, ${settingsInWords(session)}`, PAD, 126, WIDTH - 2 * PAD);
  legend(context, session);
  for (const { canvas, title, x, y, width, height: tall } of items) {
    context.fillStyle = colour("--ink");
    context.font = `600 18px ${FONT}`;
    context.fillText(title, x, y - 8, width);
    context.drawImage(canvas, x, y, width, tall);
  }
  context.font = `400 16px ${FONT}`;
  context.fillStyle = colour("--ink-3");
  context.fillText(`Plimsoll · ${location.origin}${session.run.url}`, PAD, height - 20);
}

function legend(context, session) {
  let x = PAD;
  let y = 160;
  context.font = `500 18px ${FONT}`;
  for (const arm of session.arms) {
    const width = 90 + context.measureText(session.armLabel(arm)).width;
    if (x + width > WIDTH - PAD / 2) [x, y] = [PAD, y + 28];
    legendItem(context, session, arm, x, y);
    x += width;
  }
}

function legendItem(context, session, arm, x, y) {
  const { variable, dash, marker } = armLook(session.armIndex(arm));
  context.strokeStyle = context.fillStyle = colour(variable);
  context.lineWidth = 3;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 44, y);
  context.stroke();
  context.setLineDash([]);
  drawMarker(context, marker, x + 22, y, 5);
  context.fillStyle = colour("--ink");
  context.fillText(session.armLabel(arm), x + 54, y + 6);
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
