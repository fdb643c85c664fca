import { describe, expect, test } from 'vitest';
import { unknownName, withDefaults } from '../src/options.js';
import { suggestionsFor } from '../src/suggestion.js';

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

  test.each([[3], ['tau=3'], [null], [[1]], [() => 1]])('%j are no options', (given) => {
    expect(() => withDefaults('f', given as object, DEFAULTS)).toThrow(
      'f: the options must be an object, got ',
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

  test('nothing is guessed that does not resemble it', () => {
    expect(unknownName('f', 'surrogate', 'rectangle-like', known).message).toBe(
      `f: unknown surrogate "rectangle-like" (known: ${known.join(', ')})`,
    );
    expect(unknownName('f', 'thing', 'x', []).message).toBe('f: unknown thing "x" (known: )');
  });

  test.each([
    ['tau', ['H', 'N', 'seed'], []],
    ['lif', ['sltt', 'sdn'], []],
    ['t', ['H'], []],
    ['', ['H', 'lif'], []],
    ['h', ['H', 'N'], ['H']],
    ['lenght', ['length'], ['length']],
    ['learning_rate', ['learningRate'], ['learningRate']],
    ['LEARNING-RATE', ['learningRate'], ['learningRate']],
    ['lr', ['learningRate', 'clip'], ['learningRate']],
    ['batchSize', ['batch', 'epochs'], ['batch']],
    ['hidden', ['H', 'N'], ['H']],
    ['hidden_size', ['H', 'N'], ['H']],
    ['d_model', ['H', 'N'], ['H']],
    ['gpu', ['cpu', 'native', 'tensorflow'], ['cpu', 'tensorflow']],
    ['wikitext', ['wikitext-2', 'wikitext-103', 'text'], ['wikitext-2', 'wikitext-103']],
    ['rate', ['learningRate', 'rateTarget', 'clip'], ['learningRate', 'rateTarget']],
  ])('%s among %j: %j', (name, among, expected) => {
    expect(suggestionsFor(name, among)).toEqual(expected);
  });

  test('a name that is no string is shown as it is', () => {
    expect(unknownName('f', 'pool', undefined as unknown as string, ['mean']).message).toBe(
      'f: unknown pool "undefined" (known: mean)',
    );
  });
});
