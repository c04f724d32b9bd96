/**
 * The node with its slots as a number: where the lab names a knob, what that knob says in the parameters in force.
 *
 * @param {import("./types.js").Node} node
 * @param {Object<string, *>} parameters
 */
export function withSlots(node, parameters) {
  return typeof node.slots === "string" ? { ...node, slots: Number(parameters[node.slots]) || 0 } : node;
}
