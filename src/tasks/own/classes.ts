/**
 * Numbers the classes of labels.
 * @param keyOf    what an example is called in messages
 * @param classes  names in the order of their numbers; default those that occur: numbers by value, names by code point
 * @throws RangeError  for a label that is not among `classes`, or fewer than two classes
 */
export function classNumbers(
  where: string,
  labels: readonly string[],
  keyOf: (example: number) => string,
  classes?: readonly string[],
): { names: readonly string[]; numbers: Int32Array } {
  const names = classes ?? sorted([...new Set(labels)]);
  const numberOf = new Map(names.map((name, number) => [name, number]));
  if (numberOf.size !== names.length)
    throw new RangeError(`${where}: classes has a name twice: ${names.join(', ')}`);
  if (names.length < 2) {
    throw new RangeError(
      `${where}: at least two classes are needed, got ${names.length === 0 ? 'no example' : `only "${names[0]}"`}`,
    );
  }
  const numbers = Int32Array.from(labels, (label, example) => {
    const number = numberOf.get(label);
    if (number !== undefined) return number;
    throw new RangeError(
      `${where}: ${keyOf(example)} is of class "${label}", which is not among ${names.join(', ')}`,
    );
  });
  return { names, numbers };
}

function sorted(names: string[]): string[] {
  if (names.every((name) => name.trim() !== '' && Number.isFinite(Number(name)))) {
    return names.sort((a, b) => Number(a) - Number(b));
  }
  return names.sort();
}
