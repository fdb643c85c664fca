/**
 * Bit-reversal order of n positions: the numbers 0 … N - 1, N the next power of two, with their bits written
 * backwards, of which those below n are kept. Neighbours end up far apart.
 * @returns  Uint32Array [n]; step t of the permuted sequence is step `result[t]` of the original
 */
export function bitReversal(n: number): Uint32Array {
  const bits = Math.ceil(Math.log2(n));
  const reversed = Array.from({ length: 2 ** bits }, (_, i) => {
    let result = 0;
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) result |= 1 << (bits - 1 - bit);
    return result;
  });
  return Uint32Array.from(reversed.filter((position) => position < n));
}
