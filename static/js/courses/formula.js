/** Computes the trees that the server makes of its formulas: numbers, names, and lists [operator, operand, …]. */

const ROUNDING = 1e-9;
/** So many terms of a harmonic sum are added one by one, the rest in closed form. */
const SUMMED = 100;
const OPERATORS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? Number.NaN : a / b),
  "**": (a, b) => a ** b,
  "<": (a, b) => a < b && !equal(a, b),
  "<=": (a, b) => a <= b || equal(a, b),
  ">": (a, b) => a > b && !equal(a, b),
  ">=": (a, b) => a >= b || equal(a, b),
  min: Math.min,
  max: Math.max,
  ceil: Math.ceil,
  floor: Math.floor,
  round_up: (value) => Math.ceil(value - ROUNDING),
  round_down: (value) => Math.floor(value + ROUNDING),
  exp: Math.exp,
  log: (value) => (value > 0 ? Math.log(value) : Number.NaN),
  sqrt: Math.sqrt,
  binomial_tail: binomialTail,
  choose,
  erlang_b: erlangB,
  erlang_c: erlangC,
  harmonic,
  backoff_sum: (base, cap, retries) => waits(base, cap, retries).reduce((sum, wait) => sum + wait, 0),
};

/** The value of a tree; NaN where it has none. */
export function compute(tree, values) {
  if (tree === null) return Number.NaN;
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return values[tree] ?? Number.NaN;
  const [head, ...rest] = tree;
  if (head === "if") {
    const taken = chosen(tree, values);
    return compute(taken, values);
  }
  const operands = rest.map((each) => compute(each, values));
  if (operands.some(Number.isNaN)) return Number.NaN;
  const value = Number(OPERATORS[head](...operands));
  return Number.isFinite(value) ? value : Number.NaN;
}

/** The branch of an [if, condition, then, else] that counts; null where the condition has no value. */
export function chosen([, condition, then, otherwise], values) {
  const truth = compute(condition, values);
  if (Number.isNaN(truth)) return null;
  return truth ? then : otherwise;
}

export function equal(a, b) {
  return Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b));
}

/** The waits before so many retries: min(cap, base · 2^n) for n = 0, 1, … */
export function waits(base, cap, retries) {
  return Array.from({ length: Math.trunc(retries) }, (_, n) => Math.min(cap, base * 2 ** n));
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

/** The share that must wait where all may; NaN where more work comes than the servers can do. */
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
