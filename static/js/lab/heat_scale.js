/**
 * The colours of a heat strip: from little to much in even steps of lightness (measured in OKLab), along blue and yellow, which
 * colour-blind readers tell apart. On light paper much is dark, on dark paper much is light. Knows nothing of the page.
 */

const STEPS = 256;
const BUCKETS_PER_DOUBLING = 8;

/** OKLab anchors: lightness falls (or rises) in a straight line, the hue turns slowly. */
const RAMPS = {
  light: [[0.965, -0.012, 0.03], [0.8, -0.06, 0.02], [0.63, -0.06, -0.06], [0.465, -0.01, -0.11], [0.3, 0.035, -0.115]],
  dark: [[0.27, 0.01, -0.06], [0.43, 0.0, -0.11], [0.6, -0.045, -0.07], [0.77, -0.055, 0.04], [0.94, -0.03, 0.115]],
};

/** @param {"light"|"dark"} theme @returns {Uint8ClampedArray} red, green, blue for each of 256 steps */
export function ramp(theme) {
  const anchors = RAMPS[theme];
  const colours = new Uint8ClampedArray(STEPS * 3);
  for (let i = 0; i < STEPS; i += 1) {
    const at = (i / (STEPS - 1)) * (anchors.length - 1);
    const low = Math.min(Math.floor(at), anchors.length - 2);
    const lab = anchors[low].map((value, k) => value + (anchors[low + 1][k] - value) * (at - low));
    colours.set(rgb(lab), i * 3);
  }
  return colours;
}

/** OKLab to sRGB, 0 to 255 (Ottosson 2020). */
export function rgb([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
  return linear.map((value) => Math.round(255 * gamma(Math.min(1, Math.max(0, value)))));
}

const gamma = (value) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);

/**
 * From values to the steps of a ramp, from zero to a round number above the highest value. Where a few values are far above
 * all others the scale goes by square roots, and says so: otherwise most of the strip would have one colour.
 *
 * @typedef {{top: number, root: boolean, step: function(number): number}} Scale
 * @param {number} most the highest value @param {number} typical one that most values stay below
 * @returns {Scale}
 */
export function scaleTo(most, typical) {
  const top = niceAbove(most);
  const root = typical > 0 && typical < top / 6;
  const share = (value) => Math.min(1, Math.max(0, value / top));
  return { top, root, step: (value) => Math.round((STEPS - 1) * (root ? Math.sqrt(share(value)) : share(value))) };
}

/** Where numbers stand beside the scale, as [share of its length, value]. */
export function ticks({ top, root }) {
  return [0, 0.5, 1].map((share) => [share, top * (root ? share * share : share)]);
}

function niceAbove(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value * 0.999) ?? value;
}

/** The highest of the values so far, and the 95th percentile of those above zero, to a tenth: enough to choose a scale by. */
export class Spread {
  constructor() {
    Object.assign(this, { most: 0, count: 0, buckets: new Map() });
  }

  /** @param {(number|null)[]|null|undefined} values */
  add(values) {
    for (const value of values ?? []) {
      if (!(value > 0)) continue;
      const bucket = Math.floor(Math.log2(value) * BUCKETS_PER_DOUBLING);
      this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
      this.count += 1;
      if (value > this.most) this.most = value;
    }
  }

  get typical() {
    let above = this.count * 0.05;
    for (const bucket of [...this.buckets.keys()].sort((a, b) => b - a)) {
      above -= this.buckets.get(bucket);
      if (above <= 0) return 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
    }
    return 0;
  }
}
