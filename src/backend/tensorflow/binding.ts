import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as util from 'node:util';
import * as tf from '../../tf.js';
import { commonJs } from './common-js.js';
import { BINDING } from './setup/binding.js';

/** What tfjs-node's binding exports, as far as it is used here. */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_COMPLEX64: number;
  readonly TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
}

export interface OperationAttribute {
  name: string;
  type: number;
  value: number;
}

/** tfjs-node's backend, as far as it is used here. */
export interface TensorflowBackend extends tf.KernelBackend {
  readonly binding: Binding;
  /** Runs one TensorFlow operation by name. */
  executeSingleOutput(name: string, attributes: OperationAttribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

interface BackendModule {
  NodeJSKernelBackend: new (binding: Binding, packageName: string) => TensorflowBackend;
}

/** Registers tfjs-node's backend and kernels, all from a folder that `setup tensorflow` made. */
export function registerTensorflow(folder: string): void {
  const binding = createRequire(import.meta.url)(join(folder, BINDING)) as Binding;
  const load = commonJs({
    '@tensorflow/tfjs': tf,
    // Gone from Node 24.
    util: { ...util, isNullOrUndefined: (value: unknown) => value === null || value === undefined },
    // Messages of saved models and TensorBoard, which nothing here reads or writes.
    './proto/api_pb': {},
  });
  const dist = join(folder, 'package', 'dist');
  const { NodeJSKernelBackend } = load(join(dist, 'nodejs_kernel_backend.js')) as BackendModule;
  load(join(dist, 'register_all_kernels.js'));
  castWithoutCopies();
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
}

/** tfjs-node copies a tensor that is cast to its own type, which tfjs does for every gradient of a product. */
function castWithoutCopies(): void {
  const [cast, identity] = [tf.Cast, tf.Identity].map((name) => tf.getKernel(name, 'tensorflow'));
  tf.unregisterKernel(tf.Cast, 'tensorflow');
  tf.registerKernel({
    ...cast,
    kernelFunc: (given) => {
      const same = (given.inputs.x as tf.Tensor).dtype === given.attrs?.dtype;
      return (same ? identity : cast).kernelFunc(given);
    },
  });
}
