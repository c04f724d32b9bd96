/** Computes the trees that the server makes of its formulas: numbers, names, and lists [operator, operand, …]. */

const ROUNDING = 1e-9;
/** So many terms of a harmonic sum are added one by one, the rest in closed form. */
const SUMMED = 100;
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
  round_up: (value) => Math.ceil(value - ROUNDING),
  round_down: (value) => Math.floor(value + ROUNDING),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  binomial_tail: binomialTail,
  choose,
  erlang_b: erlangB,
  erlang_c: erlangC,
  harmonic,
  backoff_sum: backoffSum,
};

export function compute(tree, values) {
  if (tree === null) return Number.NaN;
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

/** In how many ways `picked` of `things` can be picked. */
function choose(things, picked) {
  const n = Math.trunc(things);
  const k = Math.trunc(picked);
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let i = 1; i <= Math.min(k, n - k); i += 1) ways = (ways * (n - i + 1)) / i;
  return Math.round(ways);
}

/** The share that finds all servers busy where nobody may wait. */
function erlangB(servers, load) {
  let blocked = 1;
  for (let count = 1; count <= Math.trunc(servers); count += 1) blocked = (load * blocked) / (count + load * blocked);
  return blocked;
}

/** The share that must wait where all may. */
function erlangC(servers, load) {
  const c = Math.trunc(servers);
  if (load >= c) return Number.NaN;
  const blocked = erlangB(c, load);
  return (c * blocked) / (c - load * (1 - blocked));
}

/** 1 + 1/2^s + … + 1/n^s, by the Euler-Maclaurin formula beyond the first terms. */
function harmonic(count, s) {
  const n = Math.trunc(count);
  let total = 0;
  for (let i = Math.min(n, SUMMED); i >= 1; i -= 1) total += i ** -s;
  if (n <= SUMMED) return total;
  const between = s === 1 ? Math.log(n / SUMMED) : (n ** (1 - s) - SUMMED ** (1 - s)) / (1 - s);
  return total + between + (n ** -s - SUMMED ** -s) / 2 - (s * (n ** (-s - 1) - SUMMED ** (-s - 1))) / 12;
}

/** The waits before so many retries together: min(cap, base · 2^n) for n = 0, 1, … */
function backoffSum(base, cap, retries) {
  let total = 0;
  for (let n = 0; n < Math.trunc(retries); n += 1) total += Math.min(cap, base * 2 ** n);
  return total;
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
