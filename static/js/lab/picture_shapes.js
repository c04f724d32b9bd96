/** How the boxes of a picture are drawn on a canvas, by shape and state. All take (context, box, state, look). */

/** Which kind of news a status word is; the shape drawn for it does not rest on the colour alone. */
const MOODS = {
  bad: [
    ..."open down dead failing failed broken crashed killed full out unhealthy ejected evicted empty lost collapsed wasting storm spent metastable".split(" "),
    ...["cut off", "too long", "nobody to send to", "timed out", "dead but asked", "gray but asked", "breaker open"],
  ],
  warn: [
    ..."half-open half_open slow degraded hung booting starting joining draining warming limited waiting saturated retrying panic low".split(" "),
    ..."leaking leaked recovering probing suspect lagging cold crowded overdue overloaded contended ghost".split(" "),
    ...["well but out", "troubled", "fallback in use", "retry at work", "breaker half-open", "limiter refusing", "bulkhead refusing"],
    ...["timeout cutting", "deadline cutting"],
  ],
  off: ["absent", "off", "none", "unused", "removed", "gone", "stopped", "dead and out", "gray and out"],
};

/** @returns {"ok"|"warn"|"bad"|"off"} */
export function mood(node, status) {
  if (!status || status === node.statuses[0]) return "ok";
  return Object.keys(MOODS).find((name) => MOODS[name].includes(status)) ?? "ok";
}

export function roundedBox(context, { x, y, width, height }, radius = 10) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
}

/** The switch of a breaker: a lever between two contacts. Closed lies flat, half-open hovers, open stands up. */
function breaker(context, area, status, look) {
  const half = status === "half-open" || status === "half_open";
  const angle = status === "open" ? -0.62 : half ? -0.28 : 0;
  const left = area.x + area.width * 0.2;
  const right = area.x + area.width * 0.8;
  const y = area.y + area.height * 0.82;
  const reach = right - left;
  context.lineWidth = 3;
  context.setLineDash([]);
  stroke(context, [area.x, y, left, y], [right, y, area.x + area.width, y]);
  context.setLineDash(half ? [5, 4] : []);
  stroke(context, [left, y, left + Math.cos(angle) * reach, y + Math.sin(angle) * reach]);
  context.setLineDash([]);
  for (const x of [left, right]) dot(context, x, y, 4.5, look.surface);
}

function stroke(context, ...lines) {
  context.beginPath();
  for (const [a, b, c, d] of lines) {
    context.moveTo(a, b);
    context.lineTo(c, d);
  }
  context.stroke();
}

function dot(context, x, y, r, fill) {
  context.beginPath();
  context.arc(x, y, r, 0, 7);
  context.fillStyle = fill;
  context.fill();
  context.stroke();
}

function client(context, area) {
  const { x, y, width, height } = centred(area, 38, 30);
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(x, y, width, height * 0.72, 4);
  context.stroke();
  stroke(context, [x + width / 2, y + height * 0.72, x + width / 2, y + height], [x + width * 0.25, y + height, x + width * 0.75, y + height]);
}

function balancer(context, area) {
  const { x, y, width, height } = centred(area, 46, 34);
  context.lineWidth = 2;
  const middle = y + height / 2;
  for (const end of [y, middle, y + height]) stroke(context, [x, middle, x + width * 0.45, middle], [x + width * 0.45, middle, x + width, end]);
  for (const end of [y, middle, y + height]) dot(context, x + width, end, 3, context.strokeStyle);
}

/** A bucket; how full it is where the lab says how many slots it has. */
function limiter(context, area, status, look, state, node) {
  const { x, y, width, height } = centred(area, 34, 34);
  const share = node.slots ? Math.min(1, state.busy / node.slots) : 0.5;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + width * 0.14, y + height);
  context.lineTo(x + width * 0.86, y + height);
  context.lineTo(x + width, y);
  context.stroke();
  const top = y + height * (1 - share);
  const inset = 0.14 * width * share;
  context.beginPath();
  context.moveTo(x + 0.14 * width - inset + 2, top);
  context.lineTo(x + 0.14 * width + 2, y + height - 2);
  context.lineTo(x + 0.86 * width - 2, y + height - 2);
  context.lineTo(x + 0.86 * width + inset - 2, top);
  context.globalAlpha = 0.35;
  context.fillStyle = context.strokeStyle;
  context.fill();
  context.globalAlpha = 1;
}

function store(context, area, status, look) {
  const { x, y, width, height } = centred(area, 38, 38);
  const lid = 7;
  context.lineWidth = 2;
  context.beginPath();
  context.ellipse(x + width / 2, y + lid, width / 2, lid, 0, 0, 7);
  context.moveTo(x, y + lid);
  context.lineTo(x, y + height - lid);
  context.ellipse(x + width / 2, y + height - lid, width / 2, lid, 0, Math.PI, 0, true);
  context.lineTo(x + width, y + lid);
  context.stroke();
}

function cache(context, area) {
  const { x, y, width, height } = centred(area, 40, 34);
  context.lineWidth = 2;
  for (let layer = 0; layer < 3; layer += 1) {
    const top = y + layer * height * 0.3;
    context.beginPath();
    context.moveTo(x + width / 2, top);
    context.lineTo(x + width, top + height * 0.2);
    context.lineTo(x + width / 2, top + height * 0.4);
    context.lineTo(x, top + height * 0.2);
    context.closePath();
    context.stroke();
  }
}

/** A rack of slots: filled ones are at work. */
function slots(context, area, status, look, state, node) {
  const count = Math.min(node.slots || 6, 40);
  const columns = Math.min(count, Math.max(5, Math.ceil(count / 4)));
  const rows = Math.ceil(count / columns);
  const size = Math.min((area.width - 8) / columns, area.height / rows, 15);
  const left = area.x + (area.width - columns * size) / 2;
  const top = area.y + (area.height - rows * size) / 2;
  const busy = node.slots > count ? Math.round((state.busy / node.slots) * count) : state.busy;
  context.lineWidth = 1.5;
  for (let i = 0; i < count; i += 1) {
    context.beginPath();
    context.roundRect(left + (i % columns) * size + 1.5, top + Math.floor(i / columns) * size + 1.5, size - 3, size - 3, 2);
    if (i < busy) context.fill();
    context.globalAlpha = i < busy ? 1 : 0.45;
    context.stroke();
    context.globalAlpha = 1;
  }
}

function queue(context, area, status, look, state) {
  const { x, y, width, height } = centred(area, area.width - 12, 26);
  context.lineWidth = 2;
  stroke(context, [x, y, x + width, y], [x, y + height, x + width, y + height]);
  const shown = Math.min(state.queued || state.busy || 0, Math.floor(width / 7));
  for (let i = 0; i < shown; i += 1) context.fillRect(x + width - (i + 1) * 7, y + 4, 5, height - 8);
}

function centred(area, width, height) {
  return { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
}

/** A way back, for what is tried again. */
function loop(context, area) {
  const { x, y, width, height } = centred(area, 30, 30);
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x + width / 2, y + height / 2, width / 2, -0.4, 4.9);
  context.stroke();
  const [tip, edge] = [x + width * 0.58, y + height * 0.02];
  stroke(context, [tip, edge, tip - 8, edge - 5], [tip, edge, tip - 6, edge + 7]);
}

/** A dial, for a limit in time. */
function clock(context, area) {
  const { x, y, width, height } = centred(area, 32, 32);
  const [middle, level] = [x + width / 2, y + height / 2];
  context.lineWidth = 2;
  context.beginPath();
  context.arc(middle, level, width / 2, 0, 7);
  context.stroke();
  stroke(context, [middle, level, middle, level - height * 0.32], [middle, level, middle + width * 0.24, level + height * 0.12]);
}

const LAYERS = { breaker, limiter, bulkhead: slots, fallback: cache, retry: loop, timeout: clock, deadline: clock };

/** One decorator of several around a call: its status begins with its name, so that each variant can have its own order. */
function layer(context, area, status, look, state, node) {
  const [name, ...condition] = status.split(" ");
  LAYERS[name]?.(context, area, condition.join(" "), look, state, node);
}

const SHAPES = { breaker, client, balancer, limiter, store, cache, queue, layer, service: slots, pool: slots };

/** The inside of a node's box. `context` has the colour of the state as stroke and fill. */
export function drawShape(context, node, area, state, look) {
  (SHAPES[node.shape] ?? slots)(context, area, state.status, look, state, node);
}

/** What waits before a node, as a stack of bars at its left edge: long queues look long. */
export function drawQueue(context, box, queued, look) {
  const shown = Math.min(queued, 24);
  context.fillStyle = look.ink;
  const step = Math.min(5, (box.height - 8) / Math.max(shown, 1));
  for (let i = 0; i < shown; i += 1) context.fillRect(box.x - 13, box.y + box.height - 5 - i * step, 9, Math.max(1.2, step - 1.6));
  if (queued === 0) return;
  context.font = look.smallFont;
  context.textAlign = "right";
  context.fillText(String(queued), box.x - 4, box.y + box.height + 13);
}

/** Hatching over a node that is down, bars over one that hangs. */
export function drawTrouble(context, box, state, node, colour, step = 11) {
  if (!["warn", "bad"].includes(mood(node, state.status)) || node.shape === "breaker") return;
  context.save();
  roundedBox(context, box);
  context.clip();
  context.globalAlpha = 0.22;
  context.strokeStyle = colour;
  context.lineWidth = step / 4;
  const slope = mood(node, state.status) === "bad" ? box.height : 0;
  for (let x = box.x - slope; x < box.x + box.width + slope; x += step) stroke(context, [x, box.y + box.height, x + slope, box.y]);
  context.restore();
}
