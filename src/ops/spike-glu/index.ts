import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { checkGate, type GluOptions, glu } from '../glu/index.js';
import { defineOperation, hasForm, type Operation, registerHostForm, runOperation } from '../operation.js';
import { spikeMatmul } from '../spike-matmul/index.js';
import * as native from './native.js';
import * as reference from './reference.js';

export const spikeGluOperation: Operation = defineOperation(
  'SpikeGlu',
  ['x', 'w', 'b', 'scale', 'residual', 'slope'],
  { added: 'residual' },
);
registerHostForm(spikeGluOperation, 'cpu', reference);
registerHostForm(spikeGluOperation, 'native', native);

export interface SpikeGluOptions extends GluOptions {
  /** Of each spike with respect to its membrane: where it is 0, the gradient of x may be left out  [rows, K]. */
  slope?: tf.Tensor2D;
}

/**
 * `glu(spikeMatmul(x, w, b), { scale, residual })` in one pass: what ends a block.
 * @param x         spikes  float32 [rows, K]
 * @param w         float32 [K, 2H]
 * @param b         float32 [2H]
 * @param options   scale [n, H] and residual [rows, H], as for `glu`; slope [rows, K], a constant
 * @returns         float32 [rows, H]
 * @throws          as `spikeMatmul` and `glu`
 */
export function spikeGlu(
  x: tf.Tensor2D,
  w: tf.Tensor2D,
  b: tf.Tensor1D,
  options: SpikeGluOptions = {},
): tf.Tensor2D {
  const { slope, ...gate } = options;
  if (slope) checkTensor('spikeGlu', 'slope', slope, x.shape);
  if (!hasForm(spikeGluOperation)) return glu(spikeMatmul(x, w, b), gate);
  checkTensor('spikeGlu', 'x', x, [-1, -1]);
  checkTensor('spikeGlu', 'w', w, [x.shape[1], -1]);
  checkTensor('spikeGlu', 'b', b, [w.shape[1]]);
  checkGate('spikeGlu', 'w', x.shape[0], w.shape[1], gate);
  const given = { x, w, b, ...gate, slope };
  return runOperation(spikeGluOperation, given, { keep: tf.engine().isTapeOn() })[0] as tf.Tensor2D;
}
