/** Computes the trees that the server makes of its formulas: numbers, names, and lists [operator, operand, …]. */

const OPERATORS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  min: Math.min,
  max: Math.max,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  binomial_tail: binomialTail,
};

export function compute(tree, values) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return values[tree];
  const [head, ...rest] = tree;
  if (head === "if") return compute(compute(rest[0], values) ? rest[1] : rest[2], values);
  return OPERATORS[head](...rest.map((each) => compute(each, values)));
}

/** The chance of `atLeast` or more successes in `trials`: each term from the one before, so that nothing overflows. */
function binomialTail(trials, atLeast, chance) {
  const n = Math.trunc(trials);
  const k = Math.max(0, Math.trunc(atLeast));
  if (k > n) return 0;
  if (chance <= 0) return k === 0 ? 1 : 0;
  if (chance >= 1) return 1;
  let logTerm = n * Math.log1p(-chance);
  let sum = 0;
  for (let i = 0; i <= n; i += 1) {
    if (i >= k) sum += Math.exp(logTerm);
    logTerm += Math.log(((n - i) / (i + 1)) * (chance / (1 - chance)));
  }
  return Math.min(1, sum);
}

/** Significant digits, thousands apart, powers of ten for the very small and the very large. */
export function shown(value, digits) {
  if (!Number.isFinite(value)) return "—";
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e9)) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${Number(mantissa)} × 10${raised(Number(exponent))}`;
  }
  const rounded = Math.abs(value) < 10 ** digits ? Number(value.toPrecision(digits)) : Math.round(value);
  return rounded.toLocaleString("en", { maximumFractionDigits: 10 });
}

/** A whole number in superscript signs: -8 becomes "⁻⁸". */
function raised(exponent) {
  return String(exponent).replace(/[-0-9]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
}
