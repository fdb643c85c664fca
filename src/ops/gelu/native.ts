import { addon } from '../../backend/native/addon.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** With dy: the gradient of x; without: y. */
    gelu(
      rows: number,
      H: number,
      rowsPerScale: number,
      x: Float32Array,
      dy: Float32Array | null,
      scale: Float32Array | null,
      out: Float32Array,
    ): void;
  }
}

/** As the reference, in float32; Phi(x) to a few units in the last place, however small it is. */
export const forward: HostKernel = (inputs) => [run(inputs)];

export const backward: HostKernel = (inputs) => [run(inputs)];

/** With dy0 the gradient of x, otherwise y. */
function run({ x, scale, dy0 }: Record<string, HostTensor>): HostTensor {
  const [batch, L, H] = x.shape;
  const out = like(x);
  const factors = scale ? floats(scale) : null;
  addon().gelu(batch * L, H, L, floats(x), dy0 ? floats(dy0) : null, factors, floats(out));
  return out;
}
