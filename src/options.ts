/**
 * Fills in defaults and refuses unknown keys, so that a misspelt option never passes silently.
 * @param where     name of the function the user called, for the message
 * @param given     the options as the user wrote them; a key set to `undefined` takes its default
 * @param defaults  every known key with its default (`undefined` for an option without one)
 * @throws TypeError  `where: unknown option "tua" (did you mean "tau"? known: tau, reset)`
 */
export function withDefaults<T extends object>(where: string, given: Partial<T> | undefined, defaults: T): T {
  const result: T = { ...defaults };
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(defaults, key)) throw unknownName(where, 'option', key, Object.keys(defaults));
    if (value !== undefined) (result as Record<string, unknown>)[key] = value;
  }
  return result;
}

/** The error for a name that is not one of `known`; names the nearest one. */
export function unknownName(where: string, kind: string, name: string, known: readonly string[]): TypeError {
  // Plain JavaScript may hand over anything as a name.
  const distance = (other: string): number => editDistance(other, String(name));
  const nearest = [...known].sort((a, b) => distance(a) - distance(b))[0];
  const hint = nearest !== undefined && distance(nearest) <= 3 ? `did you mean "${nearest}"? ` : '';
  return new TypeError(`${where}: unknown ${kind} "${name}" (${hint}known: ${known.join(', ')})`);
}

/** The error for a value that a function cannot work with. */
export function outOfRange(where: string, name: string, expected: string, got: number | string): RangeError {
  return new RangeError(`${where}: ${name} must be ${expected}, got ${got}`);
}

/** Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
