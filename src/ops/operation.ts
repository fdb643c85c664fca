import * as tf from '../tf.js';

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
  /** In the order of the gradient kernel's results; some may be absent in a call. */
  readonly inputs: readonly string[];
  /** How many results it has; what a form returns beyond them are its notes for the gradient. */
  readonly outputs: number;
  /** Places of the results that the gradient kernel wants to see. */
  readonly kept: readonly number[];
  /** Inputs that a form's notes stand in for: their values are not kept for the gradient where it leaves notes. */
  readonly noted: readonly string[];
  /** How many of the notes the caller gets as well, as constants, behind the outputs. */
  readonly shared: number;
  /** The input whose gradient is just that of the first output (a residual connection). */
  readonly added?: string;
}

/**
 * Declares an operation. Its gradient kernel is given the inputs of the call, the outputs' gradients `dy0, dy1, …` and
 * what is kept and the form's notes by their place (`y2` for the third result), and returns the gradients in the order of `inputs`.
 */
export function defineOperation(
  name: string,
  inputs: readonly string[],
  { outputs = 1, kept = [], noted = [], shared = 0, added }: Partial<Omit<Operation, 'name' | 'inputs'>> = {},
): Operation {
  return { name, inputs, outputs, kept, noted, shared, added };
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

/** A kernel from tensor operations of its own backend, outside the tape. What it returns must be new tensors. */
export type TensorKernel = (inputs: Record<string, tf.Tensor>, attributes: Attributes) => tf.Tensor[];

/** Registers a form of an operation that works on tensors. */
export function registerTensorForm(
  operation: Operation,
  backendName: string,
  form: { forward: TensorKernel; backward: TensorKernel },
): void {
  const register = (kernelName: string, kernel: TensorKernel): void =>
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => kernel(inputs as Record<string, tf.Tensor>, (attrs ?? {}) as unknown as Attributes)),
    });
  register(operation.name, form.forward);
  register(gradientName(operation.name), form.backward);
}

/** Whether the current backend has a form of its own; otherwise the composite form serves. */
export function hasForm(operation: Operation): boolean {
  return tf.getKernel(operation.name, tf.getBackend()) !== undefined;
}

/**
 * Whether the current backend keeps its tensors where a read may have to wait for a device: `tensorflow`. There
 * training works on tensors, and reads what it found after several steps at once.
 */
export function readsWait(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** Inputs that are undefined are absent for the kernel. Returns the outputs, then those of the form's notes that are shared. */
export function runOperation(
  operation: Operation,
  inputs: Record<string, tf.Tensor | undefined>,
  attributes: Attributes = {},
): tf.Tensor[] {
  const { name, outputs, kept, noted, shared } = operation;
  const keys = operation.inputs.filter((key) => inputs[key] !== undefined);
  const given = Object.fromEntries(keys.map((key) => [key, inputs[key] as tf.Tensor]));
  if (!tf.engine().isTapeOn()) return runKernel(name, given, attributes).slice(0, outputs + shared);
  let read = keys;
  let notes: tf.Tensor[] = [];
  const results = (tf.engine() as unknown as Tape).runKernelFunc({
    inputs: given,
    forwardFunc: (_backend, save) => {
      const made = runKernel(name, given, attributes);
      if (made.length > outputs) read = keys.filter((key) => !noted.includes(key));
      save([...read.map((key) => given[key]), ...kept.map((i) => made[i]), ...made.slice(outputs)]);
      notes = made.slice(outputs, outputs + shared).map((note) => tf.keep(tf.clone(note)));
      return made.slice(0, outputs);
    },
    backwardsFunc: (dy, saved) => gradientsOf(operation, { keys, read }, attributes, [dy].flat(), saved),
  });
  // Results would want gradients; a clone behind the tape is a constant, which the caller's tidy frees.
  const constants = notes.map((note) => tf.clone(note));
  tf.dispose(notes);
  return [...results, ...constants];
}

/**
 * What tf.customGrad is built on. That takes an operation with a single result, and an operation known to tfjs by name
 * would have zeros made as the gradients of its notes, which can be longer than everything else.
 */
interface Tape {
  runKernelFunc(given: {
    inputs: Record<string, tf.Tensor>;
    forwardFunc(backend: tf.KernelBackend, save: (tensors: tf.Tensor[]) => void): tf.Tensor[];
    backwardsFunc(dy: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
  }): tf.Tensor[];
}

function gradientsOf(
  { name, inputs, outputs, kept, added }: Operation,
  { keys, read }: { keys: readonly string[]; read: readonly string[] },
  attributes: Attributes,
  dys: readonly tf.Tensor[],
  saved: readonly tf.Tensor[],
): Record<string, () => tf.Tensor> {
  const given = Object.fromEntries(read.map((key, i) => [key, saved[i]]));
  saved.slice(read.length).forEach((note, i) => {
    given[`y${kept[i] ?? outputs + i - kept.length}`] = note;
  });
  dys.forEach((gradient, i) => {
    given[`dy${i}`] = gradient;
  });
  const gradients = runKernel(gradientName(name), given, attributes);
  return Object.fromEntries(
    keys.map((key) => [key, () => (key === added ? tf.clone(dys[0]) : gradients[inputs.indexOf(key)])]),
  );
}

/** Runs a function on the arrays of the tensors, outside the tape; `undefined` where the backend does not offer it. */
export function runOnHost(
  inputs: Record<string, tf.Tensor>,
  work: (arrays: Record<string, HostTensor>) => HostTensor[],
): tf.Tensor[] | undefined {
  if (tf.engine().isTapeOn() || tf.getKernel(HOST_CALL, tf.getBackend()) === undefined) return undefined;
  return runKernel(HOST_CALL, inputs, { work } as unknown as Attributes);
}

const HOST_CALL = 'HostCall';
registerHostKernel(HOST_CALL, 'native', (arrays, attributes) =>
  (attributes as unknown as { work(given: typeof arrays): HostTensor[] }).work(arrays),
);

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
