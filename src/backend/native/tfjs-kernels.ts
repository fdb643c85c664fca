import * as tf from '../../tf.js';
import '../../ops/elementwise/native.js';
import { addon } from './addon.js';
import { collapse } from './broadcast.js';
import { allocate } from './memory.js';

/** tfjs's cpu backend as far as kernels need it. */
interface HostBackend {
  data: { get(id: object): { values: tf.BackendValues } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

type Given = Parameters<tf.KernelFunc>[0];
type Form = (
  tensors: tf.TensorInfo[],
  host: HostBackend,
  attributes: tf.NamedAttrMap,
) => tf.TensorInfo | undefined;

/**
 * tfjs's own kernels that a training step leans on, for float32; anything else goes on to the cpu kernel.
 * To add one: a line here.
 */
const forms: Readonly<Record<string, Form>> = {
  Add: ([a, b], host) => binary(0, a, b, host),
  Sub: ([a, b], host) => binary(1, a, b, host),
  Multiply: ([a, b], host) => binary(2, a, b, host),
  Transpose: ([x], host, { perm }) => transpose(x, host, perm as number[]),
  AddN: (tensors, host) => addAll(tensors, host),
  Slice: ([x], host, { begin, size: sizes }) => slice(x, host, begin as number[], sizes as number[]),
  BatchMatMul: ([a, b], host, { transposeA, transposeB }) =>
    matMul(a, b, host, Boolean(transposeA), Boolean(transposeB)),
  _FusedMatMul: ([a, b, bias, slopes], host, { transposeA, transposeB, activation }) => {
    const plain = bias === undefined && slopes === undefined && (activation ?? 'linear') === 'linear';
    return plain ? matMul(a, b, host, Boolean(transposeA), Boolean(transposeB)) : undefined;
  },
};

/** Puts them over the kernels taken from the cpu backend. */
export function registerTfjsKernels(): void {
  for (const [kernelName, form] of Object.entries(forms)) {
    const fallback = (tf.getKernel(kernelName, 'cpu') as tf.KernelConfig).kernelFunc;
    tf.registerKernel({
      kernelName,
      backendName: 'native',
      kernelFunc: (given: Given) => {
        const tensors = Object.values(given.inputs) as tf.TensorInfo[];
        const host = given.backend as unknown as HostBackend;
        // tfjs casts a boolean to float32 without touching its bytes, so the dtype alone does not tell.
        const ours = tensors.every(
          (tensor) =>
            tensor === undefined ||
            (tensor.dtype === 'float32' && values(tensor, host) instanceof Float32Array),
        );
        return (ours && form(tensors, host, given.attrs ?? {})) || fallback(given);
      },
    });
  }
}

function values({ dataId }: tf.TensorInfo, host: HostBackend): Float32Array {
  return host.data.get(dataId).values as Float32Array;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function binary(
  operation: number,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  host: HostBackend,
): tf.TensorInfo | undefined {
  const plan = collapse(a.shape, b.shape);
  if (plan === undefined) return undefined;
  const out = allocate(size(plan.shape));
  const { sizes, aStrides, bStrides } = plan;
  addon().binary(operation, ...sizes, ...aStrides, ...bStrides, values(a, host), values(b, host), out);
  return host.makeTensorInfo(plan.shape, 'float32', out);
}

function transpose(x: tf.TensorInfo, host: HostBackend, perm: number[]): tf.TensorInfo | undefined {
  if (perm.join() !== '1,0' || size(x.shape) === 0) return undefined;
  const [rows, cols] = x.shape;
  const out = allocate(rows * cols);
  addon().transpose(rows, cols, values(x, host), out);
  return host.makeTensorInfo([cols, rows], 'float32', out);
}

/** tfjs goes element by element; here whatever lies together is copied together. */
function slice(x: tf.TensorInfo, host: HostBackend, begin: number[], sizes: number[]): tf.TensorInfo {
  const shape = sizes.map((length, axis) => (length === -1 ? x.shape[axis] - begin[axis] : length));
  let whole = x.shape.length;
  while (whole > 0 && shape[whole - 1] === x.shape[whole - 1]) whole--;
  // Axes before `split` are walked, that one is cut, those behind it are whole.
  const split = Math.max(whole - 1, 0);
  const inner = size(x.shape.slice(split + 1));
  const run = (shape[split] ?? 1) * inner;
  const from = values(x, host);
  const out = allocate(size(shape));
  for (let to = 0; to < out.length; to += run) {
    let [offset, rest, stride] = [(begin[split] ?? 0) * inner, to / run, (x.shape[split] ?? 1) * inner];
    for (let axis = split - 1; axis >= 0; axis--) {
      offset += (begin[axis] + (rest % shape[axis])) * stride;
      rest = Math.floor(rest / shape[axis]);
      stride *= x.shape[axis];
    }
    out.set(from.subarray(offset, offset + run), to);
  }
  return host.makeTensorInfo(shape, 'float32', out);
}

function addAll(tensors: tf.TensorInfo[], host: HostBackend): tf.TensorInfo | undefined {
  const { shape } = tensors[0];
  const count = size(shape);
  if (tensors.length < 2 || count === 0) return undefined;
  const out = allocate(count);
  const strides: [number, number, number] = [0, 0, 1];
  let sum = values(tensors[0], host);
  for (const tensor of tensors.slice(1)) {
    addon().binary(0, 1, 1, count, ...strides, ...strides, sum, values(tensor, host), out);
    sum = out;
  }
  return host.makeTensorInfo(shape, 'float32', out);
}

function matMul(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  host: HostBackend,
  transposeA: boolean,
  transposeB: boolean,
): tf.TensorInfo | undefined {
  const [aOuter, bOuter] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [ofA, ofB] = [size(aOuter), size(bOuter)];
  const [rows, K] = matrix(a.shape, transposeA);
  const [, cols] = matrix(b.shape, transposeB);
  const outer = ofA >= ofB ? aOuter : bOuter;
  const batches = size(outer);
  if (batches * rows * cols * K === 0) return undefined;
  const repeated = (ofOne: number[], of: number): boolean => of === 1 || ofOne.join() === outer.join();
  if (!repeated(aOuter, ofA) || !repeated(bOuter, ofB)) return undefined;
  const out = allocate(batches * rows * cols);
  const [A, B] = [values(a, host), values(b, host)];
  addon().matmul(rows, cols, K, transposeA, transposeB, batches, ofA, ofB, A, B, null, out);
  return host.makeTensorInfo([...outer, rows, cols], 'float32', out);
}

/** The last two axes as op(matrix) has them. */
function matrix(shape: number[], transposed: boolean): [rows: number, cols: number] {
  const [rows, cols] = shape.slice(-2);
  return transposed ? [cols, rows] : [rows, cols];
}
