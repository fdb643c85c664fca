import { suggestionsFor } from './suggestion.js';

/**
 * Fills in defaults and refuses unknown keys, so that a misspelt option never passes silently.
 * @param where     name of the function the user called, for the message
 * @param given     the options as the user wrote them; a key set to `undefined` takes its default
 * @param defaults  every known key with its default (`undefined` for an option without one)
 * @throws TypeError  `where: unknown option "tua" (did you mean "tau"? known: tau, reset)`, and for what is no object
 */
export function withDefaults<T extends object>(where: string, given: Partial<T> | undefined, defaults: T): T {
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw new TypeError(`${where}: the options must be an object, got ${shown(given)}`);
  }
  const result: T = { ...defaults };
  for (const [key, value] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(defaults, key)) throw unknownName(where, 'option', key, Object.keys(defaults));
    if (value !== undefined) (result as Record<string, unknown>)[key] = value;
  }
  return result;
}

/** The check of `withDefaults` alone, where there is nothing to fill in or no time to. */
export function checkKeys(where: string, given: object | undefined, known: readonly string[]): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    withDefaults(where, given as object, {});
  for (const key in given) if (!known.includes(key)) throw unknownName(where, 'option', key, known);
}

/** The error for a name that is not one of `known`; names those that resemble it. */
export function unknownName(where: string, kind: string, name: string, known: readonly string[]): TypeError {
  // Plain JavaScript may hand over anything as a name.
  const near = suggestionsFor(String(name), known).map((one) => `"${one}"`);
  const hint = near.length > 0 ? `did you mean ${listed(near)}? ` : '';
  return new TypeError(`${where}: unknown ${kind} "${name}" (${hint}known: ${known.join(', ')})`);
}

/** A value in a message. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string'
    ? JSON.stringify(value)
    : typeof value === 'function'
      ? 'a function'
      : String(value);
}

/** `a, b or c` */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' or ');
}

/** The error for a value that a function cannot work with. */
export function outOfRange(where: string, name: string, expected: string, got: number | string): RangeError {
  return new RangeError(`${where}: ${name} must be ${expected}, got ${got}`);
}

/** Problems that are told of in one message; the rest are counted. */
const MOST_TOLD = 5;

/** Problems one after the other, the first few in words. */
export function inShort(problems: readonly string[]): string {
  const more = problems.length - MOST_TOLD;
  return problems.slice(0, MOST_TOLD).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
