import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { defineOperation, type HostKernel, hasForm, registerHostForm, runOperation } from '../operation.js';
import * as reference from './reference.js';

/**
 * The public function of an operation that maps rows by y = x w + b. Skipping zeros is what the definition does
 * already, so one reference serves dense rows and spikes.
 * @param name      of the operation
 * @param label     of the function, in messages
 * @param native    its form on the native backend
 */
export function affineFront(
  name: string,
  label: string,
  native: { forward: HostKernel; backward: HostKernel },
): (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.Tensor2D {
  const operation = defineOperation(name, ['x', 'w', 'b']);
  registerHostForm(operation, 'cpu', reference);
  registerHostForm(operation, 'native', native);
  return (x, w, b) => {
    checkTensor(label, 'x', x, [-1, -1]);
    checkTensor(label, 'w', w, [x.shape[1], -1]);
    checkTensor(label, 'b', b, [w.shape[1]]);
    if (!hasForm(operation)) return tf.tidy(() => tf.add(tf.matMul(x, w), b));
    return runOperation(operation, { x, w, b })[0] as tf.Tensor2D;
  };
}
