const [N, M] = [624, 397];

/**
 * The permutation of 0 … n - 1 that `torch.randperm(n)` gives on a CPU after `manual_seed(seed)`, so that the official
 * loaders' splits are ours: Fisher-Yates from the front, with the numbers of a Mersenne twister modulo what is left.
 * @param n     below 2^32/20, from where torch draws otherwise
 * @param seed  whole number in [0, 2^32)
 */
export function torchPermutation(n: number, seed: number): Uint32Array {
  const next = mersenneTwister(seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (next() % (n - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** MT19937 (Matsumoto and Nishimura 1998): uniform 32-bit numbers. */
function mersenneTwister(seed: number): () => number {
  if (!Number.isSafeInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`torchPermutation: seed must be a whole number in [0, 2^32), got ${seed}`);
  }
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let i = 1; i < N; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  let at = N;
  const renew = () => {
    for (let i = 0; i < N; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at === N) renew();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
