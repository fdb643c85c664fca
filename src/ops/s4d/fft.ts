import * as tf from '@tensorflow/tfjs';
import { type Complex, multiply } from './complex.js';

/**
 * Causal convolution along time by FFT: y[b, h, t] = sum_{l <= t} kernel[h, l] x[b, h, t-l].
 * Both are padded to 2L, so that the end does not wrap onto the beginning.
 * @param x       float32 [batch, H, L]
 * @param kernel  float32 [H, L]
 * @returns       float32 [batch, H, L]
 * Gradient: its own, two correlations by FFT (tfjs has none for complex tensors).
 */
export function fftConvolve(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const L = x.shape[2] as number;
  return tf.customGrad((signal, filter, save) => {
    const [signalOf, filterOf] = [signal as tf.Tensor, filter as tf.Tensor];
    (save as tf.GradSaveFunc)([signalOf, filterOf]);
    return {
      value: inverse(multiply(spectrum(signalOf, L), spectrum(filterOf, L)), L),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const ofY = spectrum(dy, L);
        const correlated = (other: tf.Tensor): tf.Tensor =>
          inverse(multiply(ofY, conjugate(spectrum(other, L))), L);
        return [correlated(saved[1]), tf.sum(correlated(saved[0]), 0)];
      },
    };
  })(x, kernel);
}

/** FFT of a real signal at length 2L, as real pairs: tfjs's complex product does not broadcast rightly. */
function spectrum(x: tf.Tensor, L: number): Complex {
  const values = tf.spectral.rfft(x, 2 * L);
  return { re: tf.real(values), im: tf.imag(values) };
}

/** Back to the first L samples. */
function inverse({ re, im }: Complex, L: number): tf.Tensor {
  return tf.slice(tf.spectral.irfft(tf.complex(re, im)), [0, 0, 0], [-1, -1, L]);
}

function conjugate({ re, im }: Complex): Complex {
  return { re, im: tf.neg(im) };
}
