import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

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
  return wrap(xoroshiro128plus(seed));
}

/** Continues the sequence that `Random.state()` was taken from. */
export function randomFromState(state: readonly number[]): Random {
  return wrap(xoroshiro128plusFromState(state));
}

function wrap(generator: ReturnType<typeof xoroshiro128plus>): Random {
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
