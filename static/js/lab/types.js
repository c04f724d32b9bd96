/**
 * The wire, as types. Times are seconds since the run began; see labs/experiments/events.py and contract.py.
 *
 * @typedef {{ok: number, slow: number, failed: number, rejected: number, timed_out: number}} Flow
 * @typedef {{name: string, status: string, busy: number, queued: number}} Member
 * @typedef {{status: string, busy: number, queued: number, members: Member[]}} NodeState
 * @typedef {{type: "sample", t: number, arm: string, values: Object<string, number|null>, flows: Object<string, Flow>, nodes: Object<string, NodeState>, rows: Object<string, (number|null)[]>}} Sample
 * @typedef {{type: "mark", t: number, arm: string, kind: string, node: string, text: string, value: string}} Mark
 * @typedef {{metric: string, value: number|null, assumes: string, source: string, why_not: string, measured: number|null, deviation: number|null, draws: number|null}} Theory
 * @typedef {{type: "finished", t: number, metrics: Object<string, Object<string, number|null>>, theory: Object<string, Theory[]>, goals: string[], sentence: string, requests: number, intervals: Object<string, Object<string, [number, number]>>, simulated: Object<string, Object<string, number|null>>}} Finished
 * @typedef {{name: string, label: string, default: boolean|number|string, unit: string, minimum: number|null, maximum: number|null, step: number|null, choices: [string, string][], help: string, group: string, before_run_only: boolean, logarithmic: boolean}} Knob
 * @typedef {{name: string, label: string, help: string, targets: string[], icon: string}} Action
 * @typedef {{name: string, label: string, rule: string, naive: boolean}} Arm
 * @typedef {{name: string, label: string, unit: string, chart: string, kind: "line"|"step"|"state"|"heat", states: string[], rows: string[]}} Series
 * @typedef {{id: string, label: string, shape: string, x: number, y: number, statuses: string[], slots: number|string, members: number|string}} Node
 * @typedef {{id: string, source: string, target: string, label: string}} Edge
 * @typedef {{name: string, label: string, unit: string, better: "lower"|"higher"|"", digits: number}} Metric
 * @typedef {{id: string, text: string, kind: "number"|"arm", metric: string, arm: string, unit: string, minimum: number, maximum: number, tolerance: number}} Question
 * @typedef {{id: string, title: string, text: string, parameters: Object<string, *>, open_control: string, arms: string[], watch: string}} Scene
 * @typedef {{dotted: string, title: string, source_html: string, first_line: number}} Pattern
 * @typedef {{slug: string, title: string, question: string, worlds: string[], bin_s: number, warm_up_s: number, duration: Knob, knobs: Knob[], actions: Action[], arms: Arm[], default_arms: string[], first_shown: string, layout: "overlay"|"multiples", series: Series[], metrics: Metric[], topology: {nodes: Node[], edges: Edge[]}, goals: {id: string, text: string}[], scenes: Scene[], predictions: Question[], patterns: Pattern[]}} Description
 * @typedef {{index: number, t_s: number, kind: "set"|"do", name: string, value: *, target: string}} Change
 * @typedef {{id: string, url: string, lab: string, world: string, status: string, message: string, seed: number, parameters: Object<string, *>, duration_s: number, arms: string[], changes: Change[], take: number, parent: string|null, forked_at_s: number|null, events_url: string, data_url: string, changes_url: string, fork_url: string, cancel_url: string, export_csv_url: string, export_json_url: string, lines_url: string, mine: boolean, prediction: Object<string, *>|null, scores: *}} Run
 */

/** The outcomes of a request, in the order in which pictures stack them. */
export const OUTCOMES = ["ok", "slow", "failed", "rejected", "timed_out"];

export const OUTCOME_WORDS = { ok: "ok", slow: "slow", failed: "failed", rejected: "rejected", timed_out: "timed out" };
