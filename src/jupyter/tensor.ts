import { formatNumber } from './table.js';

/** What of a tfjs tensor is needed to show it; the tensor is recognised by these, not by its class. */
interface Tensor {
  shape: number[];
  dtype: string;
  isDisposed: boolean;
  data(): Promise<ArrayLike<unknown>>;
}

/** Entries shown along each axis. */
const HEAD = 6;

export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, dtype, data, isDisposed } = value as Partial<Tensor>;
  return (
    Array.isArray(shape) &&
    typeof dtype === 'string' &&
    typeof data === 'function' &&
    typeof isDisposed === 'boolean'
  );
}

/** `Tensor float32 [2, 3]` and its first values. */
export async function tensorText(tensor: Tensor): Promise<string> {
  const title = `Tensor ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.isDisposed) return `${title} (disposed)`;
  const values = await tensor.data();
  // Complex values come as pairs of real and imaginary part.
  const shape = tensor.dtype === 'complex64' ? [...tensor.shape, 2] : tensor.shape;
  return `${title}\n${nested(values, shape, 0, 0)}`;
}

function nested(values: ArrayLike<unknown>, shape: number[], axis: number, offset: number): string {
  if (axis === shape.length) {
    const value = values[offset];
    return typeof value === 'number' ? formatNumber(value) : JSON.stringify(value);
  }
  const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const items = Array.from({ length: Math.min(shape[axis], HEAD) }, (_, i) =>
    nested(values, shape, axis + 1, offset + i * stride),
  );
  if (shape[axis] > HEAD) items.push('…');
  return `[${items.join(axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`;
}
