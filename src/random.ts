import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * One seeded source of randomness, passed down to whatever draws: same seed, same numbers on every machine.
 * Its whole state is a short list of integers, so that a checkpoint can continue the sequence exactly.
 */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform whole number in [low, high], both ends included. */
  integer(low: number, high: number): number;
  /** Standard normal, N(0, 1). */
  normal(): number;
  /** Shuffles `values` in place (Fisher-Yates) and returns it. */
  shuffle<T extends { [index: number]: unknown; readonly length: number }>(values: T): T;
  /** A generator of its own for a part of the work, so that one part's draws never shift another's. */
  fork(): Random;
  /** Copy of the state, for `randomFromState`. */
  state(): number[];
}

/** @param seed  whole number; @throws RangeError for anything else */
export function random(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`random: seed must be a whole number, got ${seed}`);
  return randomFromState(stateOf(seed));
}

/** Continues the sequence that `Random.state()` was taken from. */
export function randomFromState(state: readonly number[]): Random {
  return wrap(xoroshiro128plusFromState(state));
}

/**
 * Four words of state from the 53 bits of a seed. The generator's own seeding takes the seed as one of the words, so
 * that its first numbers would follow it: 1, 2, 3 … would all begin just below 1, and forks with them.
 */
function stateOf(seed: number): number[] {
  const start = mix(mix(seed) ^ Math.floor(seed / 2 ** 32));
  return [1, 2, 3, 4].map((i) => mix(start + Math.imul(i, 0x9e3779b9)));
}

/** Every bit of the result depends on every bit of the word, and no two words give the same (MurmurHash3's finaliser). */
function mix(word: number): number {
  let z = word | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

function wrap(generator: ReturnType<typeof xoroshiro128plusFromState>): Random {
  const self: Random = {
    uniform: () => uniformFloat64(generator),
    integer: (low, high) => uniformInt(generator, low, high),
    normal: () =>
      // Box-Muller; 1 - u keeps the logarithm's argument in (0, 1]. One value a call, so that there is no
      // second one to remember in the state.
      Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator))) *
      Math.cos(2 * Math.PI * uniformFloat64(generator)),
    shuffle: (values) => {
      for (let i = values.length - 1; i > 0; i--) {
        const j = uniformInt(generator, 0, i);
        [values[i], values[j]] = [values[j], values[i]];
      }
      return values;
    },
    fork: () => random(uniformInt(generator, 0, 0x7fffffff)),
    state: () => [...generator.getState()],
  };
  return self;
}
