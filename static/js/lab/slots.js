/**
 * The node with its slots as a number: where the lab names a knob, what that knob says in the parameters in force.
 *
 * @param {import("./types.js").Node} node
 * @param {Object<string, *>} parameters
 */
export function withSlots(node, parameters) {
  return typeof node.slots === "string" ? { ...node, slots: Number(parameters[node.slots]) || 0 } : node;
}

const MOST = 64;
const ROOMY = 1.5;

/**
 * How many cells a group's picture has. Before a run as many as the lab says; in a run as many names as were seen, so that
 * each keeps its place, unless members come and go so much that most places would be empty.
 *
 * @param {import("./types.js").Node} node
 * @param {Object<string, *>} parameters
 * @param {{names: string[], most: number}|null} seen
 */
export function groupSize(node, parameters, seen) {
  const declared = typeof node.members === "string" ? Number(parameters[node.members]) || 1 : node.members;
  if (!seen?.most) return Math.min(MOST, Math.max(1, declared));
  return Math.min(MOST, seen.names.length <= ROOMY * seen.most ? seen.names.length : seen.most);
}
