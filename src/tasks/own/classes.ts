import { isMissing, numberIn } from './cell.js';

/** So many different numbers may be classes, however few examples there are, and so many where each example has its own. */
const MANY = 20;
const FEW = 10;

/** The classes of labels, and what a reader has to know of how they were told apart. */
export interface Classes {
  readonly names: readonly string[];
  readonly numbers: Int32Array;
  readonly notes: readonly string[];
}

/**
 * Numbers the classes of labels. One number is one class however it is written (`1`, `1.0`, `1e0`), one text too (Unicode's
 * normal form C, without blanks around).
 * @param keyOf    what an example is called in messages
 * @param classes  names in the order of their numbers; default those that occur: numbers by value, names by code point
 * @throws RangeError  for a label that is missing or not among `classes`, fewer than two classes, or numbers so many that they
 *   are measurements
 */
export function classNumbers(
  where: string,
  labels: readonly string[],
  keyOf: (example: number) => string,
  classes?: readonly string[],
): Classes {
  const given = classes?.map(className);
  const found = labels.map(className);
  if (!given) refuseWhatNamesNoClass(where, labels, found, keyOf);
  const names = given ?? sorted([...new Set(found)]);
  const numberOf = new Map(names.map((name, number) => [name, number]));
  if (numberOf.size !== names.length)
    throw new RangeError(`${where}: classes has a name twice: ${names.join(', ')}`);
  if (names.length < 2) {
    throw new RangeError(
      `${where}: at least two classes are needed, got ${names.length === 0 ? 'no example' : `only "${names[0]}"`}`,
    );
  }
  const numbers = Int32Array.from(found, (label, example) => {
    const number = numberOf.get(label);
    if (number !== undefined) return number;
    throw new RangeError(
      `${where}: ${keyOf(example)} is of class "${labels[example]}", which is not among ${names.join(', ')}`,
    );
  });
  return { names, numbers, notes: notesOn(labels, found, names) };
}

/** A label as it is compared: a number by its value, anything else as text. */
export function className(label: string): string {
  const text = label.normalize().trim();
  const value = numberIn(text);
  // A number that does not fit into a double is a name (a long id).
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? String(value === 0 ? 0 : value) : text;
}

function refuseWhatNamesNoClass(
  where: string,
  labels: readonly string[],
  found: readonly string[],
  keyOf: (example: number) => string,
): void {
  const missing = labels.findIndex(isMissing);
  if (missing >= 0) {
    throw new RangeError(
      `${where}: ${keyOf(missing)} has the label ${JSON.stringify(labels[missing])}, which says that none is known ` +
        '(leave it out, or name it in classes)',
    );
  }
  const distinct = [...new Set(found)];
  if (distinct.some((name) => !Number.isFinite(numberIn(name)))) return;
  const fractions = distinct.some((name) => !Number.isInteger(Number(name)));
  const alone = distinct.length === labels.length && distinct.length > FEW;
  const most = fractions ? MANY : Math.max(MANY, labels.length / 2);
  if (!alone && distinct.length <= most) return;
  throw new RangeError(
    `${where}: the labels are ${distinct.length} different numbers on ${labels.length} examples: measurements, not classes ` +
      "(targets: 'real' learns them as numbers; classes names them where they are classes all the same)",
  );
}

function notesOn(labels: readonly string[], found: readonly string[], names: readonly string[]): string[] {
  const written = new Map<string, Set<string>>();
  labels.forEach((label, i) => {
    const ways = written.get(found[i]);
    if (ways) ways.add(label);
    else written.set(found[i], new Set([label]));
  });
  const merged = [...written]
    .filter(([, ways]) => ways.size > 1)
    .map(
      ([name, ways]) =>
        `class "${name}" is written ${[...ways]
          .slice(0, 5)
          .map((one) => JSON.stringify(one))
          .join(', ')}`,
    );
  const byCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const alike = names
    .filter((name) => byCase.get(name.toLowerCase()) !== name)
    .map((name) => `classes "${name}" and "${byCase.get(name.toLowerCase())}" differ in capitals only`);
  return [...merged, ...alike];
}

function sorted(names: string[]): string[] {
  if (names.every((name) => Number.isFinite(numberIn(name)))) {
    return names.sort((a, b) => Number(a) - Number(b));
  }
  return names.sort();
}
