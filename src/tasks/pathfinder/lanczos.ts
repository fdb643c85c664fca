import { type Picture, picture } from './raster.js';

const LOBES = 3;

/**
 * A picture of bytes brought down to a smaller side by Lanczos' filter of three lobes, first along rows, then along
 * columns, each result rounded to a byte and kept in 0 … 255: what the original's image library does.
 */
export function shrink(from: Picture, side: number): Picture {
  const weights = weightsOf(from.side, side);
  const narrow = new Float64Array(from.side * side);
  for (let y = 0; y < from.side; y++) {
    for (let x = 0; x < side; x++) {
      const { first, factors } = weights[x];
      let sum = 0;
      for (let k = 0; k < factors.length; k++) sum += factors[k] * from.values[y * from.side + first + k];
      narrow[y * side + x] = byte(sum);
    }
  }
  const to = picture(side);
  for (let y = 0; y < side; y++) {
    const { first, factors } = weights[y];
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let k = 0; k < factors.length; k++) sum += factors[k] * narrow[(first + k) * side + x];
      to.values[y * side + x] = byte(sum);
    }
  }
  return to;
}

function byte(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
}

/** Of every output position, its first input and the factors of the inputs from there on; they sum to 1. */
function weightsOf(from: number, to: number): { first: number; factors: number[] }[] {
  const scale = from / to;
  const support = LOBES * scale;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const factors = Array.from({ length: end - first }, (_, k) =>
      lanczos((first + k - centre + 0.5) / scale),
    );
    const sum = factors.reduce((total, factor) => total + factor, 0);
    return { first, factors: factors.map((factor) => factor / sum) };
  });
}

function lanczos(x: number): number {
  return x >= -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
