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
import { sdnSpikeComposite } from './composite.js';
import * as native from './native.js';
import * as reference from './reference.js';
import * as tensorflow from './tensorflow.js';

export const sdnSpikeOperation: Operation = defineOperation('SdnSpike', SDN_INPUTS);
registerHostForm(sdnSpikeOperation, 'cpu', reference);
registerHostForm(sdnSpikeOperation, 'native', native);
registerTensorForm(sdnSpikeOperation, 'tensorflow', tensorflow);

/**
 * SDN-S: the network predicts the spike itself, s[t] = network(x[t-7..t]) >= 1/2.
 * @param x     input current  float32 [batch, L, H], in units of v_th
 * @param past  the eight inputs before the first step  float32 [batch, 8, H]; default 0
 * @param scale  what a spike of each channel counts, a constant  [batch, H]; default 1
 * @returns     spikes {0,1} times scale  float32 [batch, L, H], and the last eight inputs [batch, 8, H]
 * Gradient: straight through the step, then the network's own with respect to all eight inputs.
 * Source: Shen et al. 2024, arXiv 2408.14909 (the variant "SDN-S").
 */
export function sdnSpike(
  x: tf.Tensor3D,
  weights: SdnWeights,
  past?: tf.Tensor3D,
  scale?: tf.Tensor2D,
): [tf.Tensor3D, tf.Tensor3D] {
  checkNetwork('sdnSpike', x, weights, past);
  if (scale) checkTensor('sdnSpike', 'scale', scale, [x.shape[0], x.shape[2]]);
  return tf.tidy(() => {
    const before = past ?? noPast(x.shape[0], x.shape[2]);
    const spikes = hasForm(sdnSpikeOperation)
      ? (runOperation(sdnSpikeOperation, { x, past: before, ...weights, scale })[0] as tf.Tensor3D)
      : scaledSpikes(sdnSpikeComposite(x, before, weights), scale);
    return [spikes, lastInputs(x, before)];
  });
}
