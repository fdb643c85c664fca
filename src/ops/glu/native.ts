import { addon } from '../../backend/native/addon.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** With dy: the gradient of x; without: y. */
    glu(
      rows: number,
      H: number,
      rowsPerScale: number,
      x: Float32Array,
      dy: Float32Array | null,
      scale: Float32Array | null,
      residual: Float32Array | null,
      out: Float32Array,
    ): void;
  }
}

/** As the reference, in float32. */
export const forward: HostKernel = (inputs) => {
  const [rows, width] = inputs.x.shape;
  return [run(inputs, blank([rows, width / 2]))];
};

export const backward: HostKernel = (inputs) => [run(inputs, like(inputs.x))];

/** With dy0 the gradient of x, otherwise y. */
function run({ x, scale, residual, dy0 }: Record<string, HostTensor>, out: HostTensor): HostTensor {
  const [rows, width] = x.shape;
  const rowsPerScale = scale ? rows / scale.shape[0] : 1;
  addon().glu(
    rows,
    width / 2,
    rowsPerScale,
    floats(x),
    dy0 ? floats(dy0) : null,
    scale ? floats(scale) : null,
    residual && !dy0 ? floats(residual) : null,
    floats(out),
  );
  return out;
}
