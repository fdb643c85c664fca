type Three = [number, number, number];

/** How two operands lie under their result, as three nested loops. */
export interface Broadcast {
  /** Of the result. */
  shape: number[];
  sizes: Three;
  aStrides: Three;
  bStrides: Three;
}

/**
 * The loops of an element-wise operation on two shapes that tfjs would broadcast: neighbouring axes that both operands
 * walk alike are one loop.
 * @returns  undefined where the result is empty or more than three loops are needed
 */
export function collapse(a: readonly number[], b: readonly number[]): Broadcast | undefined {
  const rank = Math.max(a.length, b.length);
  const [padA, padB] = [a, b].map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
  const shape = padA.map((n, i) => (n === 1 ? padB[i] : n));
  if (shape.includes(0)) return undefined;
  const loops: { size: number; ofA: boolean; ofB: boolean }[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const [ofA, ofB] = [padA[i] > 1, padB[i] > 1];
    const last = loops.at(-1);
    if (last && last.ofA === ofA && last.ofB === ofB) last.size *= size;
    else loops.push({ size, ofA, ofB });
  });
  if (loops.length > 3) return undefined;
  while (loops.length < 3) loops.unshift({ size: 1, ofA: false, ofB: false });
  const strides = (of: 'ofA' | 'ofB'): Three => {
    let step = 1;
    const result: Three = [0, 0, 0];
    for (let i = 2; i >= 0; i--) {
      if (!loops[i][of]) continue;
      result[i] = step;
      step *= loops[i].size;
    }
    return result;
  };
  return {
    shape,
    sizes: loops.map(({ size }) => size) as Three,
    aStrides: strides('ofA'),
    bStrides: strides('ofB'),
  };
}
