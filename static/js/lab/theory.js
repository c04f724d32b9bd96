/** What theory says, and where it keeps silent. */

/**
 * Why theory gives no number, once a reason, with the arms of which it is said.
 * @param {import("./types.js").Finished} finished @param {string[]} arms @param {string} [metric] only this one
 * @returns {{metric: string, why: string, arms: string[]}[]}
 */
export function silences({ theory }, arms, metric = "") {
  const found = new Map();
  for (const arm of arms) {
    for (const line of theory[arm] ?? []) {
      if (line.value !== null || (metric && line.metric !== metric)) continue;
      const why = (line.why_not || line.assumes).replace(/\.$/, "");
      const key = `${line.metric}|${why}`;
      if (!found.has(key)) found.set(key, { metric: line.metric, why, arms: [] });
      found.get(key).arms.push(arm);
    }
  }
  return [...found.values()];
}

/** What theory says of one metric of one arm, or null. @returns {import("./types.js").Theory|null} */
export function theoryOf(finished, arm, metric) {
  return (finished.theory[arm] ?? []).find((line) => line.metric === metric) ?? null;
}

/**
 * How far `value` is from `reference`, in words that mean something: nothing for tiny differences, per cent up to double or
 * half, then how many times; and whether an interval that is known holds the reference.
 * @param {[number, number]|undefined} interval of `value`
 */
export function deviation(value, reference, interval) {
  if (!Number.isFinite(value ?? NaN) || !Number.isFinite(reference ?? NaN)) return "";
  const inside = interval && interval[0] <= reference && reference <= interval[1];
  const words = difference(value, reference);
  if (!interval) return words;
  return inside ? "within the interval" : `${words}, outside the interval`;
}

function difference(value, reference) {
  if (value === reference) return "equal";
  if (!reference || !value || value / reference < 0) return "";
  const ratio = value / reference;
  if (ratio >= 2 || ratio <= 0.5) return `${trim(ratio)} times`;
  const percent = (ratio - 1) * 100;
  if (Math.abs(percent) < 0.05) return "equal";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent) < 9.95 ? Math.abs(percent).toFixed(1) : Math.round(Math.abs(percent))} %`;
}

const trim = (ratio) => (ratio >= 10 ? Math.round(ratio).toLocaleString("en") : ratio.toPrecision(2).replace(/\.0$/, ""));
