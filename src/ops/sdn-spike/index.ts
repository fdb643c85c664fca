import { unknownName } from '../../options.js';
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
import { checkNetwork, lastInputs, noPast, SDN_INPUTS, type SdnWeights } from '../sdn/index.js';
import { type SurrogateName, surrogateNamed } from '../surrogate.js';
import { sdnSpikeComposite } from './composite.js';
import * as native from './native.js';
import * as reference from './reference.js';
import * as tensorflow from './tensorflow.js';

export const sdnSpikeOperation: Operation = defineOperation('SdnSpike', SDN_INPUTS);
registerHostForm(sdnSpikeOperation, 'cpu', reference);
registerHostForm(sdnSpikeOperation, 'native', native);
registerTensorForm(sdnSpikeOperation, 'tensorflow', tensorflow);

/**
 * What the step and the network pass on: dy itself (`straight-through`), or dy times the surrogate's slope at the current,
 * max(0, 1 - |x - 1|) with the paper's (`surrogate`).
 */
export type SdnSpikeGradient = 'straight-through' | 'surrogate';

export const SDN_SPIKE_GRADIENTS: readonly SdnSpikeGradient[] = ['straight-through', 'surrogate'];

export interface SdnSpikeOptions {
  /** Default `straight-through`. */
  gradient?: SdnSpikeGradient;
  /** The surrogate whose slope it is, for the gradient of that name. Default `piecewise-quadratic`. */
  surrogate?: SurrogateName;
}

/**
 * SDN-S: the network predicts the spike itself, s[t] = network(x[t-7..t]) >= 1/2.
 * @param x     input current  float32 [batch, L, H], in units of v_th
 * @param past  the eight inputs before the first step  float32 [batch, 8, H]; default 0
 * @param scale  what a spike of each channel counts, a constant  [batch, H]; default 1
 * @returns     spikes {0,1} times scale  float32 [batch, L, H], and the last eight inputs [batch, 8, H]
 * Gradient: passes the network by, to x[t] alone: straight through, or by a surrogate's slope at x[t] - 1.
 * @throws TypeError   for an unknown gradient or surrogate
 * @throws RangeError  for shapes that do not belong together
 * Source: Shen et al. 2024, arXiv 2408.14909 (the variant "SDN-S").
 */
export function sdnSpike(
  x: tf.Tensor3D,
  weights: SdnWeights,
  options: SdnSpikeOptions = {},
  past?: tf.Tensor3D,
  scale?: tf.Tensor2D,
): [tf.Tensor3D, tf.Tensor3D] {
  checkNetwork('sdnSpike', x, weights, past);
  if (scale) checkTensor('sdnSpike', 'scale', scale, [x.shape[0], x.shape[2]]);
  const slope = sdnSpikeSlope('sdnSpike', options);
  return tf.tidy(() => {
    const before = past ?? noPast(x.shape[0], x.shape[2]);
    const given = { x, past: before, ...weights, scale };
    const spikes = hasForm(sdnSpikeOperation)
      ? (runOperation(sdnSpikeOperation, given, { slope })[0] as tf.Tensor3D)
      : scaledSpikes(sdnSpikeComposite(x, before, weights, slope), scale);
    return [spikes, lastInputs(x, before)];
  });
}

/** Name of the surrogate whose slope the gradient takes; empty straight through. */
export function sdnSpikeSlope(where: string, options: SdnSpikeOptions): SurrogateName | '' {
  const { gradient = 'straight-through', surrogate } = options;
  if (!SDN_SPIKE_GRADIENTS.includes(gradient))
    throw unknownName(where, 'gradient', gradient, SDN_SPIKE_GRADIENTS);
  if (gradient === 'surrogate') {
    const name = surrogate ?? 'piecewise-quadratic';
    surrogateNamed(where, name);
    return name;
  }
  if (surrogate === undefined) return '';
  throw new TypeError(
    `${where}: straight through there is no surrogate (pass gradient: 'surrogate' with it)`,
  );
}
