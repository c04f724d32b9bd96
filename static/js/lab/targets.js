/** What an action can be aimed at now, and why it cannot be aimed at anything. */

/**
 * The targets of an action that are there: nodes of the picture, and those members of groups that some arm has at the
 * playhead. Before anything was played: all that the lab names.
 * @param {import("./session.js").Session} session @param {import("./types.js").Action} action
 * @returns {string[]}
 */
export function targetsNow({ description, buffer, player, arms }, action) {
  const nodes = new Set(description.topology.nodes.map(({ id }) => id));
  const present = new Set();
  const index = buffer.indexAt(player.playhead);
  for (const arm of arms) for (const { members = [] } of Object.values(buffer.nodes(arm, index))) for (const { name } of members) present.add(name);
  if (!present.size) return action.targets;
  const found = action.targets.filter((target) => nodes.has(target) || present.has(target));
  return found.length ? found : action.targets;
}

/** The actions that can be aimed at this node or member. */
export const actionsAt = ({ description }, name) => description.actions.filter(({ targets }) => targets.includes(name));

/** "Server 3" for a node's id or a member's name. */
export const targetLabel = ({ description }, id) => description.topology.nodes.find((node) => node.id === id)?.label ?? id;

/** Why nothing can be changed at this instant; empty when it can. @param {import("./session.js").Session} session */
export function whyShut({ run, player, isLive, ended, busy }) {
  if (!run) return "Start a run first.";
  if (["failed", "cancelled", "abandoned"].includes(run.status)) return "This run has ended. Start a new one to go on.";
  if (isLive && ended) return "The live run is over. Start a new one to change things.";
  if (player.playhead >= run.duration_s - 1e-6) return "The run is at its end. Scrub back to change something, or start a new run.";
  if (busy) return "One moment: the last change is on its way.";
  return "";
}
