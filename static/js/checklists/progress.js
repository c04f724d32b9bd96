/** How far a list is, as the server counts it: what the list no longer asks counts for nothing. */

export function countStates(states) {
  const count = (state) => states.filter((each) => each === state).length;
  return { settled: count("done") + count("not-needed"), toDo: count("todo"), open: count("open"), total: states.length };
}

export function progressWords({ settled, toDo, open, total }) {
  const rest = [toDo && `${toDo} to do`, open && `${open} open`].filter(Boolean).map((words) => `, ${words}`);
  return [`${settled} of ${total}`, ` settled${rest.join("")}`];
}
