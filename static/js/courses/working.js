/**
 * The working of a calculator: the formula in words, the numbers put in, the result. `courses/calculators/working.py` writes the
 * very same lines on the server. A line is a list of pieces [kind, text]: "" plain, "sup" raised, "said" for screen readers alone.
 * A row is [kind, line]: since (which branch of the formula counts, and why), formula, numbers, result.
 */

import { shown, significant, written } from "./figures.js";
import { chosen, compute, equal, waits } from "./formula.js";

const SUM = 1;
const PRODUCT = 2;
const QUOTIENT = 2.5;
const LEAF = 4;
const LOOSE = 0.5;
const NEEDS = {
  "+": [" + ", SUM, LOOSE, SUM],
  "-": [" − ", SUM, LOOSE, PRODUCT],
  "*": [" × ", PRODUCT, PRODUCT, PRODUCT],
  "/": [" ÷ ", PRODUCT, PRODUCT, QUOTIENT],
  "<": [" < ", LOOSE, LOOSE, LOOSE],
  "<=": [" ≤ ", LOOSE, LOOSE, LOOSE],
  ">": [" > ", LOOSE, LOOSE, LOOSE],
  ">=": [" ≥ ", LOOSE, LOOSE, LOOSE],
};
const OPPOSITE = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" };
const CALLS = {
  ceil: ["⌈", "⌉"],
  round_up: ["⌈", "⌉"],
  floor: ["⌊", "⌋"],
  round_down: ["⌊", "⌋"],
  min: ["min(", ", ", ")"],
  max: ["max(", ", ", ")"],
  log: ["ln(", ")"],
  sqrt: ["√(", ")"],
  binomial_tail: ["P(at least ", " of ", ", each with chance ", ")"],
  choose: ["C(", ", ", ")"],
  erlang_b: ["Erlang B(", "; ", ")"],
  erlang_c: ["Erlang C(", "; ", ")"],
  harmonic: ["H(", ", ", ")"],
  backoff_sum: ["Σ min(", ", ", " × 2ⁿ) for n < ", ""],
};
const ORDER = { binomial_tail: [1, 0, 2], backoff_sum: [1, 0, 2] };
const SAID = { "⌈": "rounded up ", "⌊": "rounded down ", "Σ min(": "the sum of " };
const WRITTEN_OUT = 5;
const INTERMEDIATE_DIGITS = 5;

/** The rows of each output. `values` are the inputs'. */
export function steps({ inputs, outputs }, values) {
  const known = results(outputs, values);
  const words = Object.fromEntries([...inputs, ...outputs].map(({ name, word }) => [name, word]));
  const inWords = notation((name) => plain(words[name]), known, false);
  const digits = Object.fromEntries(outputs.map((output) => [output.name, Math.max(INTERMEDIATE_DIGITS, output.digits)]));
  const inNumbers = notation((name) => figure(known[name], digits[name]), known, true);
  return outputs.map((output) => step(output, known, inWords, inNumbers));
}

/** The inputs and, one after the other, the outputs that have a value. */
export function results(outputs, values) {
  const known = { ...values };
  for (const { name, tree } of outputs) {
    const value = compute(tree, known);
    if (!Number.isNaN(value)) known[name] = value;
  }
  return known;
}

/** The value as it is shown, without its unit. */
export function said({ words, digits }, value) {
  return words.length && value !== undefined ? words[Math.trunc(value)] : shown(value, digits);
}

function step(output, known, inWords, inNumbers) {
  const value = known[output.name];
  const [taken, conditions] = unfolded(output.tree, known);
  const rows = conditions.length ? [["since", joined(text("since "), reason(conditions, inWords, inNumbers))]] : [];
  if (Array.isArray(taken) || (taken !== null && !output.words.length)) {
    const formula = inWords(taken).line;
    const numbers = inNumbers(taken).line;
    const computed = value === undefined ? numbers : inNumbers(collapsed(taken, known)).line;
    rows.push(["formula", joined(text(`${output.word} = `), formula)]);
    for (const [line, before] of [[numbers, formula], [computed, numbers]]) {
      if (![before, formula, text(said(output, value))].some((other) => same(line, other))) rows.push(["numbers", joined(text("= "), line)]);
    }
  }
  return [...rows, ["result", text(`${signOf(output, value)} ${result(output, value)}`)]];
}

function result(output, value) {
  return value === undefined ? "no value" : `${said(output, value)} ${output.unit}`.trim();
}

function signOf(output, value) {
  if (output.words.length) return "→";
  return value === undefined || equal(significant(value, output.digits), value) ? "=" : "≈";
}

/** Writes trees. `leaf` writes a name: its word, or its present value; `spelt` says which. */
function notation(leaf, values, spelt) {
  const of = (tree) => {
    if (typeof tree === "string") return leaf(tree);
    if (tree === null) return plain("no value");
    if (typeof tree === "number") return number(written(tree));
    const [head, ...rest] = tree;
    if (head === "computed") return number(shown(rest[0], INTERMEDIATE_DIGITS));
    if (head === "if") return of(chosen(tree, values));
    return head in NEEDS ? operation(head, rest) : call(head, rest);
  };
  const operation = (head, rest) => {
    const [sign, holds, left, right] = NEEDS[head];
    if (head === "-" && rest[0] === 0) return part(joined(text("−"), within(of(rest[1]), PRODUCT)), LOOSE);
    return part(joined(within(of(rest[0]), left), text(sign), within(of(rest[1]), right)), holds);
  };
  const call = (head, rest) => {
    if (head === "**") return part(joined(within(of(rest[0]), LEAF), raised(of(rest[1]))), PRODUCT + 1);
    if (head === "exp") return part(joined(text("e"), raised(of(rest[0]))), PRODUCT + 1);
    if (head === "backoff_sum" && spelt) return waitsWritten(...rest.map((each) => compute(each, values)));
    const between = CALLS[head];
    let line = between[0] in SAID ? [["said", SAID[between[0]]]] : [];
    const order = ORDER[head]?.map((place) => rest[place]) ?? rest;
    order.forEach((each, index) => (line = joined(line, text(between[index]), of(each).line)));
    return part(joined(line, text(between.at(-1))), head === "backoff_sum" ? LOOSE : LEAF);
  };
  return of;
}

/** The conditions that hold, in words and with the numbers: “growth > 0: 0.2 > 0”. */
function reason(conditions, inWords, inNumbers) {
  const [words, numbers] = [inWords, inNumbers].map((write) => listed(conditions.map((each) => write(each).line)));
  return joined(words, text(": "), numbers);
}

function listed(lines) {
  return lines.reduce((line, each) => joined(line, text(" and "), each));
}

/** The tree with the branches that count, and the conditions that made them count. */
function unfolded(tree, values) {
  if (!Array.isArray(tree)) return [tree, []];
  if (tree[0] === "if") {
    const [taken, more] = unfolded(chosen(tree, values), values);
    return [taken, [...heldCondition(tree[1], values), ...more]];
  }
  const parts = tree.slice(1).map((each) => unfolded(each, values));
  return [[tree[0], ...parts.map(([taken]) => taken)], parts.flatMap(([, conditions]) => conditions)];
}

/** The condition, or its opposite, whichever is true; none where it has no value. */
function heldCondition(condition, values) {
  const truth = compute(condition, values);
  if (Number.isNaN(truth) || !Array.isArray(condition)) return [];
  return [truth ? condition : [OPPOSITE[condition[0]], ...condition.slice(1)]];
}

/** The tree with what stands inside functions and on either side of a comparison computed. */
function collapsed(tree, values) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...rest] = tree;
  const inside = head in OPPOSITE || (head in CALLS && head !== "backoff_sum") || head === "exp";
  const value = (each) => (Array.isArray(each) ? ["computed", compute(each, values)] : each);
  return [head, ...rest.map((each) => (inside ? value(each) : collapsed(each, values)))];
}

/** The value of an input, in full, or that of an output, in so many digits. */
function figure(value, digits) {
  return number(digits ? shown(value, digits) : written(value));
}

function number(figures) {
  if (figures.startsWith("−")) return part(text(figures), LOOSE);
  return part(text(figures), figures.includes("×") ? PRODUCT : LEAF);
}

function plain(words) {
  return part(text(words));
}

function text(words) {
  return [["", words]];
}

function part(line, holds = LEAF) {
  return { line, holds };
}

function within({ line, holds }, need) {
  return holds >= need ? line : joined(text("("), line, text(")"));
}

function raised({ line }) {
  return [["sup", line.filter(([kind]) => kind !== "said").map(([, words]) => words).join("")]];
}

/** The waits one by one, the middle of a long row left out. */
function waitsWritten(base, cap, retries) {
  const each = waits(base, cap, retries).map((wait) => shown(wait, INTERMEDIATE_DIGITS));
  const row = each.length > WRITTEN_OUT ? [...each.slice(0, WRITTEN_OUT - 1), "…", each.at(-1)] : each;
  return part(text(row.join(" + ") || "0"), row.length > 1 ? SUM : LEAF);
}

/** One line, neighbouring pieces of a kind made one. */
function joined(...lines) {
  const line = [];
  for (const [kind, words] of lines.flat()) {
    if (line.length && line.at(-1)[0] === kind && kind !== "sup") line[line.length - 1] = [kind, line.at(-1)[1] + words];
    else line.push([kind, words]);
  }
  return line;
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
