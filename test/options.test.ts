import { describe, expect, test } from 'vitest';
import { unknownName, withDefaults } from '../src/options.js';

const DEFAULTS = { tau: 0.125, reset: 'hard', seed: undefined as number | undefined };

describe('withDefaults', () => {
  test('fills in what is left out or undefined, keeps what is given, null and 0 too', () => {
    expect(withDefaults('f', undefined, DEFAULTS)).toEqual(DEFAULTS);
    expect(withDefaults('f', { tau: undefined, seed: 0 }, DEFAULTS)).toEqual({
      tau: 0.125,
      reset: 'hard',
      seed: 0,
    });
    expect(withDefaults<{ a: number | null }>('f', { a: null }, { a: 1 })).toEqual({ a: null });
  });

  test('changes neither the defaults nor what was given', () => {
    const [given, defaults] = [Object.freeze({ tau: 0.5 }), Object.freeze({ ...DEFAULTS })];
    const result = withDefaults('f', given, defaults);
    expect(result).not.toBe(defaults);
    expect(result.tau).toBe(0.5);
  });

  test('refuses an unknown key and names the nearest', () => {
    expect(() => withDefaults('f', { tua: 1 } as object, DEFAULTS)).toThrow(
      new TypeError('f: unknown option "tua" (did you mean "tau"? known: tau, reset, seed)'),
    );
  });

  test.each(['toString', 'constructor', '__proto__'])('%s is no known option', (key) => {
    const given = JSON.parse(`{"${key}": 1}`);
    expect(() => withDefaults('f', given, DEFAULTS)).toThrow(`f: unknown option "${key}"`);
  });
});

describe('unknownName', () => {
  const known = ['piecewise-quadratic', 'triangle', 'sigmoid', 'arctan'];
  test.each([
    ['triangel', 'triangle'],
    ['Sigmoid', 'sigmoid'],
    ['atan', 'arctan'],
    ['arctanh', 'arctan'],
  ])('%s: did you mean %s', (name, nearest) => {
    expect(unknownName('f', 'surrogate', name, known).message).toBe(
      `f: unknown surrogate "${name}" (did you mean "${nearest}"? known: ${known.join(', ')})`,
    );
  });

  test('nothing is guessed that is more than three letters away', () => {
    expect(unknownName('f', 'surrogate', 'rectangle-like', known).message).toBe(
      `f: unknown surrogate "rectangle-like" (known: ${known.join(', ')})`,
    );
    expect(unknownName('f', 'thing', 'x', []).message).toBe('f: unknown thing "x" (known: )');
  });

  test('a name that is no string is shown as it is', () => {
    expect(unknownName('f', 'pool', undefined as unknown as string, ['mean']).message).toBe(
      'f: unknown pool "undefined" (known: mean)',
    );
  });
});
