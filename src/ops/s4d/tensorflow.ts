import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { TensorKernel } from '../operation.js';

const FFT = { Treal: 'float32', Tcomplex: 'complex64' } as const;
const COMPLEX = { T: 'complex64' } as const;

/**
 * As `circularConvolve`, with TensorFlow's transforms of real signals and its complex products.
 * With attribute `keep`, the spectra of x and kernel are notes for `backward`.
 */
export const forward: TensorKernel = ({ x, kernel }, { keep }) => {
  const L = x.shape[2] as number;
  const length = kernel.shape[1] as number;
  const [ofX, ofKernel] = [spectrum(x, length), spectrum(kernel, length)];
  const y = first(inverse(execute('Mul', COMPLEX, [ofX, ofKernel]), length), L);
  return keep ? [y, ofX, ofKernel] : [y];
};

export const backward: TensorKernel = ({ x, kernel, dy0, y1: ofX, y2: ofKernel }) => {
  const length = kernel.shape[1] as number;
  const ofY = spectrum(dy0, length);
  const correlated = (other: tf.Tensor): tf.Tensor =>
    execute('Mul', COMPLEX, [ofY, execute('Conj', COMPLEX, [other])]);
  const dx = first(inverse(correlated(ofKernel), length), x.shape[2] as number);
  // The transform is linear: one for the sum over the examples instead of one each.
  const overBatch = execute('Sum', { ...COMPLEX, Tidx: 'int32' }, [
    correlated(ofX),
    tf.tensor1d([0], 'int32'),
  ]);
  return [dx, inverse(overBatch, length)];
};

/** Transform of the last axis, filled up with zeros to `length`. */
function spectrum(x: tf.Tensor, length: number): tf.Tensor {
  const missing = length - (x.shape[x.rank - 1] as number);
  const sides = x.shape.map((_, axis): [number, number] => [0, axis === x.rank - 1 ? missing : 0]);
  const signal = missing > 0 ? tf.pad(x, sides) : x;
  return execute('RFFT', FFT, [signal, tf.tensor1d([length], 'int32')]);
}

function inverse(spectrum: tf.Tensor, length: number): tf.Tensor {
  return execute('IRFFT', FFT, [spectrum, tf.tensor1d([length], 'int32')]);
}

/** The first L samples  [batch, H, L] */
function first(signal: tf.Tensor, L: number): tf.Tensor {
  return tf.slice(signal, [0, 0, 0], [-1, -1, L]);
}
