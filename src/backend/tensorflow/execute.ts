import * as tf from '../../tf.js';
import type { OperationAttribute, TensorflowBackend } from './binding.js';

/** Types that TensorFlow's operations are asked for; tfjs itself knows no arithmetic on the complex one. */
export type ElementType = 'float32' | 'int32' | 'complex64';

/**
 * Runs one of TensorFlow's own operations on the current backend, which must be `tensorflow`, outside the tape.
 * @param types  of the operation's type attributes, by name
 */
export function execute(
  operation: string,
  types: Readonly<Record<string, ElementType>>,
  inputs: tf.Tensor[],
): tf.Tensor {
  const backend = tf.backend() as TensorflowBackend;
  return backend.executeSingleOutput(operation, attributesOf(types, backend), inputs);
}

/** The same for an operation with several results. */
export function executeMany(
  operation: string,
  types: Readonly<Record<string, ElementType>>,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const backend = tf.backend() as TensorflowBackend;
  return backend.executeMultipleOutputs(operation, attributesOf(types, backend), inputs, outputs);
}

/** Whether the current backend, which must be `tensorflow`, works on a GPU. */
export function onGpu(): boolean {
  return (tf.backend() as TensorflowBackend).binding.isUsingGpuDevice();
}

function attributesOf(
  types: Readonly<Record<string, ElementType>>,
  { binding }: TensorflowBackend,
): OperationAttribute[] {
  const { TF_FLOAT, TF_INT32, TF_COMPLEX64, TF_ATTR_TYPE } = binding;
  const numbers = { float32: TF_FLOAT, int32: TF_INT32, complex64: TF_COMPLEX64 };
  return Object.entries(types).map(([name, type]) => ({ name, type: TF_ATTR_TYPE, value: numbers[type] }));
}
