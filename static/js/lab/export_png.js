/** The picture and the charts as one image, composed in the browser, with a legend and the run's address. */
import { armLook, colour, drawMarker } from "./palette.js";
import { settingsInWords } from "./tools.js";

const WIDTH = 1600;
const PAD = 48;
const FONT = '"Inter Variable", sans-serif';

export function exportPicture(session) {
  const page = document.getElementById("lab") ?? document.body;
  const pictures = [...page.querySelectorAll(".stage-cell canvas")];
  const charts = [...page.querySelectorAll(".chart, .multiple-chart")].flatMap((chart) => panels(chart));
  const canvas = document.createElement("canvas");
  const rows = layOut(pictures, charts, session.arms.length);
  canvas.width = WIDTH;
  canvas.height = rows.height;
  draw(canvas.getContext("2d"), session, rows);
  canvas.toBlob((blob) => save(blob, `plimsoll-${session.description.slug}-${session.run.id.slice(0, 8)}.png`));
}

/** The canvases of one chart with their titles; a heat strip brings its scale. */
function panels(chart) {
  const heading = chart.querySelector("h3, .multiple-title span").textContent.trim();
  const arm = chart.closest(".multiple")?.querySelector("h3").textContent.trim();
  const title = arm ? `${arm}: ${heading}` : heading;
  const strips = [...chart.querySelectorAll("figure")];
  if (!strips.length) return [...chart.querySelectorAll("canvas")].map((canvas) => ({ title, canvas }));
  const numbers = [...chart.querySelectorAll(".heat-ticks span")].map(({ textContent }) => textContent);
  const scale = { title: `${title}: ${numbers[0]} to ${numbers.at(-1)}`, canvas: chart.querySelector(".heat-scale"), low: true };
  return [scale, ...strips.map((strip) => ({ title: `${heading}: ${strip.querySelector("figcaption").textContent}`, canvas: strip.querySelector("canvas") }))];
}

function layOut(pictures, charts, arms) {
  let y = 190 + (arms > 5 ? 28 : 0) + (arms > 10 ? 28 : 0);
  const place = (list, columns) => {
    const width = (WIDTH - PAD * (columns + 1)) / columns;
    const placed = list.map(({ canvas, title, low }, i) => ({ canvas, title, column: i % columns, width, height: low ? 16 : (canvas.height / canvas.width) * width }));
    for (let i = 0; i < placed.length; i += columns) {
      const row = placed.slice(i, i + columns);
      for (const item of row) Object.assign(item, { x: PAD + item.column * (width + PAD), y: y + 28 });
      y += Math.max(...row.map(({ height }) => height)) + 56;
    }
    return placed;
  };
  const items = [...place(pictures.map((canvas) => ({ canvas, title: "" })), Math.min(2, pictures.length) || 1), ...place(charts, charts.length > 12 ? 4 : 2)];
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
    context.fillText(title, x, y - 8);
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
