/** Every single value of plain data by its dotted name, as JSON. */
export function leaves(value: unknown, name = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) {
    return new Map(value === undefined ? [] : [[name, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leaves(inner, name ? `${name}.${key}` : key)]),
  );
}

/** @returns  what one holds and what the other held, e.g. `batch is 16, was 8` */
export function leafDifferences(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((name) => ours.get(name) !== theirs.get(name))
    .map((name) => `${name} is ${ours.get(name) ?? 'not given'}, was ${theirs.get(name) ?? 'not given'}`);
}
