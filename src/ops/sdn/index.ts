import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { scaledSpikes } from '../lif/index.js';
import {
  defineOperation,
  hasForm,
  type Operation,
  registerHostForm,
  registerTensorForm,
  runOperation,
} from '../operation.js';
import { type SurrogateName, surrogateNamed } from '../surrogate.js';
import { sdnComposite } from './composite.js';
import * as native from './native.js';
import { CHANNELS, TAPS } from './predictor.js';
import * as reference from './reference.js';
import * as tensorflow from './tensorflow.js';

/** The fused surrogate dynamic network: three convolutions, 153 numbers, in the layout of the official code. */
export interface SdnWeights {
  /** Over the eight steps of the window, oldest first  [8, 1, 8] */
  w1: tf.Tensor3D;
  b1: tf.Tensor1D;
  /** Between the channels, beside the residual connection  [8, 8, 1] */
  w2: tf.Tensor3D;
  b2: tf.Tensor1D;
  /** To the prediction  [1, 8, 1] */
  w3: tf.Tensor3D;
  /** [1] */
  b3: tf.Tensor1D;
}

export const SDN_SHAPES: Readonly<Record<keyof SdnWeights, number[]>> = {
  w1: [CHANNELS, 1, TAPS],
  b1: [CHANNELS],
  w2: [CHANNELS, CHANNELS, 1],
  b2: [CHANNELS],
  w3: [1, CHANNELS, 1],
  b3: [1],
};

/** The inputs of the operations that run the network. */
export const SDN_INPUTS: readonly string[] = ['x', 'past', 'w1', 'b1', 'w2', 'b2', 'w3', 'b3', 'scale'];

export const sdnOperation: Operation = defineOperation('Sdn', SDN_INPUTS, {
  noted: ['x'],
  shared: 1,
});
registerHostForm(sdnOperation, 'cpu', reference);
registerHostForm(sdnOperation, 'native', native);
registerTensorForm(sdnOperation, 'tensorflow', tensorflow);

/**
 * Spikes of a whole sequence in parallel: the network predicts p[t] = tau*u[t-1] from x[t-8..t-1], then
 *   s[t] = p[t] + x[t] >= 1
 * @param x     input current  float32 [batch, L, H], in units of v_th
 * @param past  the eight inputs before the first step  float32 [batch, 8, H]; default 0
 * @param scale  what a spike of each channel counts, a constant  [batch, H]; default 1
 * @returns     spikes {0,1} times scale  float32 [batch, L, H], and the last eight inputs [batch, 8, H]; while gradients are
 *   taken, and where many are 0, the slopes of the spikes for `spikeGlu` [batch, L, H]
 * @throws RangeError  for shapes that do not belong together
 * Gradient: the surrogate at p + x - 1 with respect to x[t] alone; p is a constant.
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function sdn(
  x: tf.Tensor3D,
  weights: SdnWeights,
  options: { surrogate?: SurrogateName } = {},
  past?: tf.Tensor3D,
  scale?: tf.Tensor2D,
): [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D?] {
  checkNetwork('sdn', x, weights, past);
  if (scale) checkTensor('sdn', 'scale', scale, [x.shape[0], x.shape[2]]);
  const surrogate = options.surrogate ?? 'piecewise-quadratic';
  const { compact } = surrogateNamed('sdn', surrogate);
  return tf.tidy(() => {
    const before = past ?? noPast(x.shape[0], x.shape[2]);
    const attributes = { surrogate, keep: tf.engine().isTapeOn() };
    const last = lastInputs(x, before);
    if (!hasForm(sdnOperation)) {
      return [scaledSpikes(sdnComposite(x, before, weights, surrogate), scale), last];
    }
    const given = { x, past: before, ...weights, scale };
    const [spikes, slope] = runOperation(sdnOperation, given, attributes) as tf.Tensor3D[];
    return [spikes, last, compact ? slope : undefined];
  });
}

/** Eight steps of zero input. */
export function noPast(batch: number, H: number): tf.Tensor3D {
  return tf.zeros([batch, TAPS, H]);
}

/** The last eight inputs, those before x included. */
export function lastInputs(x: tf.Tensor3D, past: tf.Tensor3D): tf.Tensor3D {
  const known = x.shape[1] >= TAPS ? x : tf.concat([past, x], 1);
  return tf.slice(known, [0, known.shape[1] - TAPS, 0], [-1, TAPS, -1]);
}

export function checkNetwork(where: string, x: tf.Tensor3D, weights: SdnWeights, past?: tf.Tensor3D): void {
  checkTensor(where, 'x', x, [-1, -1, -1]);
  if (past) checkTensor(where, 'past', past, [x.shape[0], TAPS, x.shape[2]]);
  for (const [name, shape] of Object.entries(SDN_SHAPES)) {
    checkTensor(where, name, weights[name as keyof SdnWeights], shape);
  }
}
