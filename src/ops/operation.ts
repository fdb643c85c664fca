import * as tf from '@tensorflow/tfjs';

/** float32 in a model; float64 where a test wants the definition without rounding. */
export type FloatArray = Float32Array | Float64Array;

export interface HostTensor {
  values: FloatArray;
  shape: number[];
}

export type Attributes = Record<string, number | string | boolean>;

/** A kernel on plain arrays in host memory: the references, and the native forms. */
export type HostKernel = (inputs: Record<string, HostTensor>, attributes: Attributes) => HostTensor[];

/** The arrays of a tfjs backend that keeps its tensors in host memory (`cpu`, and `native` on top of it). */
interface HostBackend {
  data: { get(id: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

/** One operation on every backend: kernel `name`, and kernel `nameGrad` for its gradient. */
export interface Operation {
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * Declares an operation to tfjs, so that it lies on the tape like any other.
 * Its gradient kernel is given all inputs and the outputs' gradients `dy0, dy1, …`, and returns the gradient of
 * each input in the order of `inputs`. Outputs named in `kept` (by place) are given to it too, as `y0, y1, …`, where
 * the form made them: what a fast form notes down on its way forward.
 */
export function defineOperation(
  name: string,
  inputs: readonly string[],
  kept: readonly number[] = [],
): Operation {
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...inputs],
    outputsToSave: Array.from({ length: Math.max(-1, ...kept) + 1 }, (_, i) => kept.includes(i)),
    gradFunc: (dy, saved, attributes) => {
      const given = Object.fromEntries(inputs.map((key, i) => [key, saved[i]]));
      saved.slice(inputs.length).forEach((output, i) => {
        given[`y${kept[i]}`] = output;
      });
      (Array.isArray(dy) ? dy : [dy]).forEach((gradient, i) => {
        given[`dy${i}`] = gradient;
      });
      const gradients = runKernel(gradientName(name), given, attributes as Attributes);
      return Object.fromEntries(inputs.map((key, i) => [key, () => gradients[i]]));
    },
  });
  return { name, inputs };
}

/** Registers a form of an operation that works on host arrays. */
export function registerHostForm(
  operation: Operation,
  backendName: string,
  form: { forward: HostKernel; backward: HostKernel },
): void {
  registerHostKernel(operation.name, backendName, form.forward);
  registerHostKernel(gradientName(operation.name), backendName, form.backward);
}

/** Whether the current backend has a form of its own; otherwise the composite form serves. */
export function hasForm(operation: Operation): boolean {
  return tf.getKernel(operation.name, tf.getBackend()) !== undefined;
}

export function runOperation(
  operation: Operation,
  inputs: Record<string, tf.Tensor>,
  attributes: Attributes = {},
): tf.Tensor[] {
  return runKernel(operation.name, inputs, attributes);
}

function gradientName(name: string): string {
  return `${name}Grad`;
}

function runKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: Attributes): tf.Tensor[] {
  const outputs = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

function registerHostKernel(kernelName: string, backendName: string, kernel: HostKernel): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const host = backend as unknown as HostBackend;
      const arrays: Record<string, HostTensor> = {};
      for (const [key, info] of Object.entries(inputs as Record<string, tf.TensorInfo>)) {
        arrays[key] = { values: host.data.get(info.dataId).values, shape: info.shape };
      }
      return kernel(arrays, (attrs ?? {}) as unknown as Attributes).map(({ shape, values }) =>
        host.makeTensorInfo(shape, 'float32', values as Float32Array),
      );
    },
  });
}

/** A new array of zeros of the same precision. */
export function zerosLike(like: FloatArray, length: number): FloatArray {
  return like instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** Float64 sums in the precision of `like`. */
export function rounded(sums: FloatArray, like: FloatArray): FloatArray {
  const result = zerosLike(like, sums.length);
  result.set(sums);
  return result;
}
