import { addon } from '../../backend/native/addon.js';
import { floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    norm(
      rows: number,
      H: number,
      ofChannels: boolean,
      eps: number,
      x: Float32Array,
      weight: Float32Array,
      bias: Float32Array,
      mask: Float32Array | null,
      y: Float32Array,
      mean: Float32Array,
      variance: Float32Array,
    ): void;
    normBackward(
      rows: number,
      H: number,
      ofChannels: boolean,
      eps: number,
      x: Float32Array,
      weight: Float32Array,
      mask: Float32Array | null,
      mean: Float32Array,
      variance: Float32Array,
      dy: Float32Array,
      dx: Float32Array,
      dweight: Float32Array,
      dbias: Float32Array,
    ): void;
  }
}

/** As the reference, in float32. */
export const forward: HostKernel = ({ x, weight, bias, mask }, { kind, eps }) => {
  const [rows, H] = x.shape;
  const statistic = (): HostTensor => {
    const count = kind === 'batch' ? H : rows;
    return { values: new Float32Array(count), shape: [count] };
  };
  const [y, mean, variance] = [like(x), statistic(), statistic()];
  const given = [x, weight, bias].map(floats) as Three;
  const made = [y, mean, variance].map(floats) as Three;
  addon().norm(rows, H, kind === 'batch', eps as number, ...given, mask ? floats(mask) : null, ...made);
  return [y, mean, variance];
};

/** inputs: those of `forward`, its statistics y1 and y2, and dy0; outputs: of x, weight, bias. */
export const backward: HostKernel = ({ x, weight, bias, mask, y1, y2, dy0 }, { kind, eps }) => {
  const [rows, H] = x.shape;
  const [dx, dWeight, dBias] = [x, weight, bias].map(like);
  const made = [dx, dWeight, dBias].map(floats) as Three;
  const [mean, variance] = [floats(y1), floats(y2)];
  const of = kind === 'batch';
  addon().normBackward(
    rows,
    H,
    of,
    eps as number,
    floats(x),
    floats(weight),
    mask ? floats(mask) : null,
    mean,
    variance,
    floats(dy0),
    ...made,
  );
  return [dx, dWeight, dBias];
};

type Three = [Float32Array, Float32Array, Float32Array];
