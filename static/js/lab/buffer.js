/**
 * Holds what a run has said so far, by arm and bin. The player decides how much of it is shown.
 * Adding the same event twice changes nothing, so a stream that repeats itself after a reconnect does no harm.
 */
import { OUTCOMES } from "./types.js";

const EPSILON = 1e-6;
const NATURAL = new Intl.Collator("en", { numeric: true });

export class RunBuffer {
  /** @param {import("./types.js").Description} description @param {string[]} arms @param {number} binS */
  constructor(description, arms, binS) {
    this.series = description.series.filter(({ kind }) => kind !== "heat").map(({ name }) => name);
    this.heats = description.series.filter(({ kind }) => kind === "heat").map(({ name }) => name);
    this.edges = description.topology.edges.map(({ id }) => id);
    this.binS = binS;
    this.arms = new Map(arms.map((arm) => [arm, emptyArm(this.series, this.heats, this.edges)]));
    this.members = new Map();
    this.rowsUsed = Object.fromEntries(this.heats.map((name) => [name, 0]));
    this.times = [];
    this.marks = [];
    this.spans = [];
    this.started = null;
    this.finished = null;
    this.markKeys = new Set();
  }

  /** @returns {boolean} whether the event was one that the buffer keeps */
  add(event) {
    const keep = { sample: () => this.addSample(event), mark: () => this.addMark(event), span: () => this.spans.push(event) };
    if (event.type === "started") this.started = event;
    else if (event.type === "finished") this.finished = event;
    else if (keep[event.type]) keep[event.type]();
    else return false;
    return true;
  }

  addSample(sample) {
    const arm = this.arms.get(sample.arm);
    if (!arm) return;
    const index = Math.max(0, Math.ceil(sample.t / this.binS - EPSILON) - 1);
    this.times[index] = sample.t;
    for (const name of this.series) put(arm.values[name], index, sample.values[name] ?? null, null);
    for (const edge of this.edges) putFlow(arm.flows[edge], index, sample.flows?.[edge]);
    for (const name of this.heats) {
      put(arm.rows[name], index, sample.rows?.[name] ?? null, null);
      this.rowsUsed[name] = Math.max(this.rowsUsed[name], (sample.rows?.[name] ?? []).findLastIndex((value) => value !== null) + 1);
    }
    put(arm.nodes, index, sample.nodes ?? {}, {});
    this.noteMembers(sample.nodes ?? {});
    arm.length = Math.max(arm.length, index + 1);
  }

  /** Who was ever seen in a group, and how many at a time: a picture keeps room for them. */
  noteMembers(nodes) {
    for (const [id, { members }] of Object.entries(nodes)) {
      if (!members?.length) continue;
      if (!this.members.has(id)) this.members.set(id, { seen: new Set(), names: null, most: 0 });
      const group = this.members.get(id);
      for (const { name } of members) {
        if (!group.seen.has(name)) group.names = null; // to be sorted anew
        group.seen.add(name);
      }
      group.most = Math.max(group.most, members.length);
    }
  }

  /** The names ever seen in a group, in natural order, and the most of them at one time. Asked for each symbol of a frame. */
  group(id) {
    const group = this.members.get(id);
    if (!group) return { names: [], most: 0 };
    group.names ??= [...group.seen].sort(NATURAL.compare);
    return group;
  }

  addMark(mark) {
    const key = `${mark.t}|${mark.arm}|${mark.kind}|${mark.node}|${mark.value}|${mark.text}`;
    if (this.markKeys.has(key)) return;
    this.markKeys.add(key);
    this.marks.push(mark);
    if (this.marks.length > 1 && this.marks.at(-2).t > mark.t) this.marks.sort((a, b) => a.t - b.t);
  }

  /** Forgets everything after `t`: another take goes on from there. */
  dropAfter(t) {
    const length = this.indexAt(t) + 1;
    this.times.length = Math.min(this.times.length, length);
    for (const arm of this.arms.values()) truncate(arm, length);
    this.marks = this.marks.filter((mark) => mark.t <= t + EPSILON);
    this.markKeys = new Set(this.marks.map((mark) => `${mark.t}|${mark.arm}|${mark.kind}|${mark.node}|${mark.value}|${mark.text}`));
    this.spans = this.spans.filter((span) => span.t <= t + EPSILON);
    this.finished = null;
  }

  /** The last bin that has ended by `t`; -1 before the first. */
  indexAt(t) {
    let index = Math.min(Math.floor(t / this.binS + EPSILON), this.times.length) - 1;
    if (index + 1 < this.times.length && this.times[index + 1] <= t + EPSILON) index += 1;
    return index;
  }

  /** Up to when every arm is known, in seconds. */
  get bufferedS() {
    let length = Infinity;
    for (const arm of this.arms.values()) length = Math.min(length, arm.length);
    return length > 0 && Number.isFinite(length) ? this.times[length - 1] ?? 0 : 0;
  }

  /** @returns {number|null} */
  value(arm, series, index) {
    return this.arms.get(arm)?.values[series]?.[index] ?? null;
  }

  /** The rows of a heat series in one bin. @returns {(number|null)[]|null} */
  row(arm, series, index) {
    return this.arms.get(arm)?.rows[series]?.[index] ?? null;
  }

  /** @returns {Object<string, import("./types.js").NodeState>} */
  nodes(arm, index) {
    return this.arms.get(arm)?.nodes[Math.max(0, index)] ?? {};
  }

  /** Requests per second on an edge in one bin, by outcome. */
  rates(arm, edge, index) {
    const cumulative = this.arms.get(arm)?.flows[edge];
    const rates = {};
    for (const outcome of OUTCOMES) rates[outcome] = cumulative && index >= 0 ? binCount(cumulative[outcome], index) / this.binS : 0;
    return rates;
  }

  /** Cumulative requests by outcome at the end of each bin. */
  cumulative(arm, edge) {
    return this.arms.get(arm)?.flows[edge];
  }
}

/** Requests that ended in bin `index`, from the running total. */
function binCount(totals, index) {
  return index < totals.length ? totals[index] - (index > 0 ? totals[index - 1] : 0) : 0;
}

function emptyArm(series, heats, edges) {
  const flows = Object.fromEntries(edges.map((edge) => [edge, Object.fromEntries(OUTCOMES.map((outcome) => [outcome, []]))]));
  const lists = (names) => Object.fromEntries(names.map((name) => [name, []]));
  return { values: lists(series), rows: lists(heats), flows, nodes: [], length: 0 };
}

function put(list, index, value, filler) {
  while (list.length < index) list.push(filler);
  list[index] = value;
}

function putFlow(cumulative, index, flow) {
  for (const outcome of OUTCOMES) {
    const totals = cumulative[outcome];
    while (totals.length < index) totals.push(totals.at(-1) ?? 0);
    totals[index] = (index > 0 ? totals[index - 1] : 0) + (flow?.[outcome] ?? 0);
  }
}

function truncate(arm, length) {
  for (const list of [...Object.values(arm.values), ...Object.values(arm.rows)]) list.length = Math.min(list.length, length);
  for (const flow of Object.values(arm.flows)) for (const list of Object.values(flow)) list.length = Math.min(list.length, length);
  arm.nodes.length = Math.min(arm.nodes.length, length);
  arm.length = Math.min(arm.length, length);
}
