import { spikingBlock } from '../../layers/spiking-block.js';
import { random } from '../../random.js';
import * as tf from '../../tf.js';
import { loadOfficialState } from '../../train/official-state.js';
import { differences, noError, type RelativeError, relativeError } from './compare.js';
import { blockOptions, type GoldenFile } from './file.js';

/**
 * Runs one block forward and backward (loss = sum(y * cotangent)) and compares what enters the neurons, spikes, output
 * and every gradient. (The file's `kernel` is not compared by itself: what enters the neurons is the input under it.)
 */
export function checkBlock(file: GoldenFile): RelativeError {
  const block = spikingBlock(blockOptions(file), random(0));
  loadOfficialState(block, file.tensors, { prefix: 'param.' });
  const error = noError();
  tf.tidy(() => {
    const x = tf.variable(file.tensor('x'));
    const { grads } = tf.variableGrads(() => {
      const [y] = block.apply(x as tf.Tensor as tf.Tensor3D, {
        probe: (name, value) => {
          if (name === 'spikes') error.spikes = differences(value.dataSync(), file.values('spikes'));
          else forward(value.dataSync(), name);
        },
      });
      forward(y.dataSync(), 'y');
      return tf.sum(tf.mul(y, file.tensor('cotangent')));
    }, [x, ...Object.values(block.parameters)]);
    for (const name of file.names('grad.')) {
      const variable = name === 'x' ? x : block.parameters[name];
      const got = variable && grads[variable.name];
      const found = got ? relativeError(got.dataSync(), file.values(`grad.${name}`)) : Infinity;
      error.gradients = Math.max(error.gradients, found);
    }
    x.dispose();
  });
  for (const variable of Object.values({ ...block.parameters, ...block.buffers })) variable.dispose();
  return error;

  function forward(got: ArrayLike<number>, name: string): void {
    error.forward = Math.max(error.forward, relativeError(got, file.values(name)));
  }
}
