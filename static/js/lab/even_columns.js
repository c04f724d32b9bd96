/** Grids whose last row is not nearly empty. */

const watched = new WeakMap();

/**
 * How many columns `count` things get where `most` fit: few rows, and few empty places in the last one.
 * @returns {number}
 */
export function columnsFor(count, most) {
  const cost = (columns) => Math.ceil(count / columns) + 0.4 * (Math.ceil(count / columns) * columns - count);
  let best = 1;
  for (let columns = 2; columns <= Math.min(count, most); columns += 1) if (cost(columns) <= cost(best)) best = columns;
  return best;
}

/** Keeps `element`, a grid of `count` things at least `narrowest` pixels wide, in such columns; at least `fewest` of them. */
export function evenColumns(element, count, narrowest, fewest = 1) {
  const set = () => {
    const most = Math.max(fewest, Math.floor(element.clientWidth / narrowest));
    element.style.gridTemplateColumns = `repeat(${columnsFor(count, most)}, minmax(0, 1fr))`;
  };
  watched.get(element)?.disconnect();
  const observer = new ResizeObserver(set);
  observer.observe(element);
  watched.set(element, observer);
  set();
}
