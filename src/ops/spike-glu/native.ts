import { addon } from '../../backend/native/addon.js';
import { withScratch } from '../../backend/native/memory.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

type Sizes = [rows: number, K: number, H: number, rowsPerScale: number];

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** Floats of `scratch` for the backward pass, and for a forward pass without `mixed`. */
    spikeGluScratch(rows: number, K: number, H: number): number;
    spikeGlu(
      ...given: [
        ...sizes: Sizes,
        x: Float32Array,
        w: Float32Array,
        b: Float32Array,
        scale: Float32Array | null,
        residual: Float32Array | null,
        y: Float32Array,
        /** x w + b for the backward pass: 2 rows times H rounded up to a multiple of 16. */
        mixed: Float32Array | null,
        scratch: Float32Array | null,
      ]
    ): void;
    spikeGluBackward(
      ...given: [
        ...sizes: Sizes,
        x: Float32Array,
        w: Float32Array,
        scale: Float32Array | null,
        mixed: Float32Array,
        dy: Float32Array,
        slope: Float32Array | null,
        scratch: Float32Array,
        dx: Float32Array,
        dw: Float32Array,
        db: Float32Array,
      ]
    ): void;
  }
}

/** As the reference, in float32; the second output is there if attribute `keep` asks for it. */
export const forward: HostKernel = ({ x, w, b, scale, residual }, { keep }) => {
  const sizes = sizesOf(x, w, scale);
  const [rows, K, H] = sizes;
  const y = blank([rows, H]);
  const mixed = blank([keep ? 2 * rows * 16 * Math.ceil(H / 16) : 0]);
  withScratch(keep ? 0 : addon().spikeGluScratch(rows, K, H), (scratch) => {
    const made = [floats(y), keep ? floats(mixed) : null, keep ? null : scratch] as const;
    addon().spikeGlu(...sizes, floats(x), floats(w), floats(b), optional(scale), optional(residual), ...made);
  });
  return keep ? [y, mixed] : [y];
};

export const backward: HostKernel = ({ x, w, b, scale, slope, y1, dy0 }) => {
  const sizes = sizesOf(x, w, scale);
  const [rows, K, H] = sizes;
  const [dx, dw, db] = [x, w, b].map(like);
  withScratch(addon().spikeGluScratch(rows, K, H), (scratch) => {
    const made = [floats(dx), floats(dw), floats(db)] as const;
    addon().spikeGluBackward(
      ...sizes,
      floats(x),
      floats(w),
      optional(scale),
      floats(y1),
      floats(dy0),
      optional(slope),
      scratch,
      ...made,
    );
  });
  return [dx, dw, db];
};

function optional(tensor: HostTensor | undefined): Float32Array | null {
  return tensor ? floats(tensor) : null;
}

function sizesOf(x: HostTensor, w: HostTensor, scale: HostTensor | undefined): Sizes {
  const [rows, K] = x.shape;
  return [rows, K, w.shape[1] / 2, scale ? rows / scale.shape[0] : rows];
}
