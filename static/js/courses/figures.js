/** Numbers as people read and write them. `courses/calculators/figures.py` writes the very same. */

const EXACT_DIGITS = 12;
const SMALLEST = 1e-4;
const LARGEST = 1e9;
const LETTERS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Significant digits, thousands apart, powers of ten for the very small and the very large; a dash for no value. */
export function shown(value, digits) {
  if (!Number.isFinite(value)) return "—";
  const rounded = significant(value, digits);
  if (value !== 0 && (Math.abs(rounded) < SMALLEST || Math.abs(rounded) >= LARGEST)) {
    const [mantissa, exponent] = rounded.toExponential(digits - 1).split("e");
    return `${grouped(Number(mantissa))} × 10${raised(Number(exponent))}`;
  }
  return grouped(rounded);
}

/** A number as it was given. */
export function written(value) {
  return grouped(Number(value.toPrecision(EXACT_DIGITS)));
}

/** The value rounded to so many significant digits; whole numbers keep all of theirs. */
export function significant(value, digits) {
  if (value === 0) return 0;
  const clean = Number(value.toPrecision(EXACT_DIGITS)); // of what floating point left behind in the last places
  const size = Math.abs(clean);
  const kept = size < LARGEST ? Math.max(digits, Math.trunc(size).toString().length) : digits;
  return Number(clean.toPrecision(kept));
}

/**
 * What somebody wrote as a number: 1500, 1,500, 1 500, 0.25, 1.5e3, 10M. NaN for all else, and for what could be meant in two
 * ways, such as 1,5.
 */
export function read(text) {
  const plain = text.trim().replace(/[−–]/g, "-");
  const [, sign, digits, rest, letter] = /^([-+]?)(\d(?:[\d,\s]*\d)?|)(\.\d*|)(e[-+]?\d+|\s?[kMGT]|)$/.exec(plain) ?? [];
  if (digits === undefined || !/\d/.test(digits + rest)) return Number.NaN;
  if (/\D/.test(digits) && !/^\d{1,3}([,\s]\d{3})+$/.test(digits)) return Number.NaN;
  const number = Number(`${sign}${digits.replace(/\D/g, "")}${rest}${letter.startsWith("e") ? letter : ""}`);
  return number * (LETTERS[letter.trim()] ?? 1);
}

function grouped(value) {
  return value.toLocaleString("en", { maximumFractionDigits: EXACT_DIGITS }).replace("-", "−");
}

/** A whole number in superscript signs: -8 becomes "⁻⁸". */
function raised(exponent) {
  return String(exponent).replace(/[-0-9]/g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
}
