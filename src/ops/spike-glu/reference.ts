import * as gate from '../glu/reference.js';
import * as map from '../matmul/reference.js';
import type { HostKernel } from '../operation.js';

/**
 * The gate of an affine map: with (value, gate) = x w + b, y = residual + scale value sigmoid(gate).
 * inputs: x [rows, K], w [K, 2H], b [2H], scale [n, H] and residual [rows, H], each or absent as for `glu`;
 * output: y [rows, H], then for `backward` x w + b [rows, 2H].
 */
export const forward: HostKernel = ({ x, w, b, ...rest }, attributes) => {
  const [mixed] = map.forward({ x, w, b }, attributes);
  return [...gate.forward({ x: mixed, ...rest }, attributes), mixed];
};

/** inputs: those of `forward`, its second output y1, dy0 for y; outputs: gradients of x, w, b. */
export const backward: HostKernel = ({ x, w, b, y1, dy0, scale }, attributes) => {
  const [ofMixed] = gate.backward({ x: y1, dy0, ...(scale ? { scale } : {}) }, attributes);
  return map.backward({ x, w, b, dy0: ofMixed }, attributes);
};
