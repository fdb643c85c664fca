import * as tf from '../../tf.js';
import { defineOperation, hasForm, registerTensorForm, runOperation } from '../operation.js';
import { type Complex, multiply } from './complex.js';
import * as tensorflow from './tensorflow.js';

const convolution: ReturnType<typeof defineOperation> = defineOperation('CircularConvolution', [
  'x',
  'kernel',
]);
registerTensorForm(convolution, 'tensorflow', tensorflow);

/**
 * Circular convolution along time by FFT, of a signal with silence behind it:
 *   y[b, h, t] = sum_s kernel[h, (t - s) mod 2L] x[b, h, s]
 * The first half of the kernel is causal; its second half, read from the end, looks ahead.
 * @param x       float32 [batch, H, L]
 * @param kernel  float32 [H, 2L]
 * @returns       float32 [batch, H, L]
 * Gradient: its own, two correlations by FFT (tfjs has none for complex tensors).
 */
export function circularConvolve(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  if (hasForm(convolution)) {
    return runOperation(convolution, { x, kernel }, { keep: tf.engine().isTapeOn() })[0];
  }
  const L = x.shape[2] as number;
  const length = 2 * L;
  return tf.customGrad((signal, filter, save) => {
    const [signalOf, filterOf] = [signal as tf.Tensor, filter as tf.Tensor];
    (save as tf.GradSaveFunc)([signalOf, filterOf]);
    const firstHalf = (values: tf.Tensor): tf.Tensor => tf.slice(values, [0, 0, 0], [-1, -1, L]);
    return {
      value: firstHalf(inverse(multiply(spectrum(signalOf, length), spectrum(filterOf, length)))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const ofY = spectrum(dy, length);
        const correlated = (other: tf.Tensor): tf.Tensor =>
          inverse(multiply(ofY, conjugate(spectrum(other, length))));
        return [firstHalf(correlated(saved[1])), tf.sum(correlated(saved[0]), 0)];
      },
    };
  })(x, kernel);
}

/** FFT of a real signal, as real pairs: tfjs's complex product does not broadcast rightly. */
function spectrum(x: tf.Tensor, length: number): Complex {
  const values = tf.spectral.rfft(x, length);
  return { re: tf.real(values), im: tf.imag(values) };
}

function inverse({ re, im }: Complex): tf.Tensor {
  return tf.spectral.irfft(tf.complex(re, im));
}

function conjugate({ re, im }: Complex): Complex {
  return { re, im: tf.neg(im) };
}
