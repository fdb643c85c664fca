import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { type LifOptions, lif, lifOptions, scaledSpikes } from '../lif/index.js';
import { defineOperation, hasForm, type Operation, registerHostForm, runOperation } from '../operation.js';
import { checkS4d, type S4dParameters, s4d, s4dInputs } from '../s4d/index.js';
import { surrogates } from '../surrogate.js';
import * as native from './native.js';

export const spikingScanOperation: Operation = defineOperation(
  'SpikingScan',
  ['x', 'log_dt', 'log_A_real', 'A_imag', 'B', 'C', 'D', 'state', 'u', 'scale'],
  { outputs: 3, shared: 1 },
);
registerHostForm(spikingScanOperation, 'native', native);

/**
 * `lif(s4d(x))` in one pass, without the current between them, and the dropout behind it.
 * @param x       float32 [batch, L, H]
 * @param states  of the layer [batch, H, M, 2] and of the neurons [batch, H] before the first step; default 0
 * @param scale   what a spike of each channel counts, a constant  [batch, H]; default 1
 * @returns       spikes {0,1} times scale  float32 [batch, L, H], then both states after the last step; while gradients are
 *   taken, and where many are 0, the slopes of the spikes for `spikeGlu` [batch, L, H]
 * @throws        as `s4d` and `lif`
 */
export function spikingScan(
  x: tf.Tensor3D,
  parameters: S4dParameters,
  options?: LifOptions,
  states: { ssm?: tf.Tensor4D; neuron?: tf.Tensor2D } = {},
  scale?: tf.Tensor2D,
): [tf.Tensor3D, tf.Tensor4D, tf.Tensor2D, tf.Tensor3D?] {
  return tf.tidy(() => {
    if (!hasForm(spikingScanOperation)) {
      const [current, ssm] = s4d(x, parameters, states.ssm);
      const [spikes, neuron] = lif(current, options, states.neuron);
      return [scaledSpikes(spikes, scale), ssm, neuron];
    }
    checkS4d('spikingScan', x, parameters, states.ssm);
    const [batch, , H] = x.shape;
    if (states.neuron) checkTensor('spikingScan', 'u', states.neuron, [batch, H]);
    if (scale) checkTensor('spikingScan', 'scale', scale, [batch, H]);
    const given = {
      ...s4dInputs(x, parameters, states.ssm),
      u: states.neuron ?? tf.zeros([batch, H]),
      scale,
    };
    const neuron = lifOptions(options);
    const keep = tf.engine().isTapeOn();
    const [spikes, ssm, u, slope] = runOperation(spikingScanOperation, given, { ...neuron, keep });
    const sparse = surrogates[neuron.surrogate].compact ? slope : undefined;
    return [spikes, ssm, u, sparse] as ReturnType<typeof spikingScan>;
  });
}
