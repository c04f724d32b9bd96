/** Numbers and times in words. */

const SCALES = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** 12345 -> "12.3k", 0.01234 -> "0.0123"; not a number -> "–". */
export function number(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  for (const [scale, letter] of SCALES) if (size >= scale * 10) return trim(value / scale, digits) + letter;
  return trim(value, digits);
}

function trim(value, digits) {
  if (value === 0) return "0";
  if (Math.abs(value) >= 10 ** (digits - 1)) return Math.round(value).toLocaleString("en");
  const text = value.toPrecision(Math.max(1, digits));
  return text.includes("e") ? Number(value).toExponential(1) : text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** The unit that people read: a number without one whose name ends in share or rate is a share, shown in per cent. */
export function unitOf({ name, unit, metric = name }) {
  return !unit && /(_share|_rate|^utilization)$/.test(metric) ? "%" : unit;
}

/** A value with its unit: seconds below 1 in ms, shares (unit "%", values from 0 to 1) in per cent. */
export function quantity(value, unit, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (unit === "%") return `${number(value * 100, digits)} %`;
  if (unit === "s" && value !== 0 && Math.abs(value) < 1) return `${number(value * 1000, digits)} ms`;
  return unit ? `${number(value, digits)} ${unit}` : number(value, digits);
}

/** 75.5 -> "1:15.5". */
export function clock(t) {
  const tenths = Math.round(Math.max(0, t) * 10);
  const minutes = Math.floor(tenths / 600);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${minutes}:${seconds}`;
}

/** A knob's value for people: switches as on and off, choices by their label. */
export function knobText(knob, value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  const choice = knob?.choices?.find(([key]) => key === value);
  if (choice) return choice[1];
  return typeof value === "number" ? `${number(value, 4)}${knob?.unit ? ` ${knob.unit}` : ""}` : String(value);
}

/** A row of the ledger in words. */
export function changeText(description, change) {
  if (change.kind === "do") {
    const action = description.actions.find(({ name }) => name === change.name);
    const node = description.topology.nodes.find(({ id }) => id === change.target);
    const target = node?.label ?? change.target;
    return `${action?.label ?? change.name}${target ? `: ${target}` : ""}`;
  }
  const knob = description.knobs.find(({ name }) => name === change.name);
  return `${knob?.label ?? change.name} → ${knobText(knob, change.value)}`;
}
