/**
 * The form before the run: the lab's own values, and what the address, a scenario or a lesson presets over them.
 * @param {import("./types.js").Description} description
 */
export function draftOf(description, given = {}) {
  const parameters = Object.fromEntries(description.knobs.map((knob) => [knob.name, knob.default]));
  const arms = description.default_arms.length ? description.default_arms : description.arms.map(({ name }) => name);
  return {
    parameters: { ...parameters, ...given.parameters },
    seed: given.seed ?? null,
    durationS: given.durationS ?? description.duration.default,
    world: given.world ?? description.worlds[0],
    arms: given.arms?.length ? given.arms : [...arms],
  };
}
