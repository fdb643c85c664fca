import * as tf from '@tensorflow/tfjs';
import { checkTensor } from '../check.js';
import { type LifOptions, lif, lifOptions } from '../lif/index.js';
import { defineOperation, hasForm, registerHostForm, runOperation } from '../operation.js';
import { checkS4d, type S4dParameters, s4d, s4dInputs } from '../s4d/index.js';
import * as native from './native.js';

/** Outputs 3 and 4 are the form's notes for its gradient: membranes, and states along the way. */
export const spikingScanOperation: ReturnType<typeof defineOperation> = defineOperation(
  'SpikingScan',
  ['x', 'log_dt', 'log_A_real', 'A_imag', 'B', 'C', 'D', 'state', 'u'],
  [3, 4],
);
registerHostForm(spikingScanOperation, 'native', native);

/**
 * `lif(s4d(x))` in one pass, without the current between them.
 * @param x       float32 [batch, L, H]
 * @param states  of the layer [batch, H, M, 2] and of the neurons [batch, H] before the first step; default 0
 * @returns       spikes {0,1} float32 [batch, L, H], then both states after the last step
 * @throws        as `s4d` and `lif`
 */
export function spikingScan(
  x: tf.Tensor3D,
  parameters: S4dParameters,
  options?: LifOptions,
  states: { ssm?: tf.Tensor4D; neuron?: tf.Tensor2D } = {},
): [tf.Tensor3D, tf.Tensor4D, tf.Tensor2D] {
  return tf.tidy(() => {
    if (!hasForm(spikingScanOperation)) {
      const [current, ssm] = s4d(x, parameters, states.ssm);
      const [spikes, neuron] = lif(current, options, states.neuron);
      return [spikes, ssm, neuron];
    }
    checkS4d('spikingScan', x, parameters, states.ssm);
    const [batch, , H] = x.shape;
    if (states.neuron) checkTensor('spikingScan', 'u', states.neuron, [batch, H]);
    const given = { ...s4dInputs(x, parameters, states.ssm), u: states.neuron ?? tf.zeros([batch, H]) };
    const keep = tf.engine().isTapeOn();
    const outputs = runOperation(spikingScanOperation, given, { ...lifOptions(options), keep });
    return outputs.slice(0, 3) as [tf.Tensor3D, tf.Tensor4D, tf.Tensor2D];
  });
}
