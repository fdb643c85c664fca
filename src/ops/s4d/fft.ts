import * as tf from '@tensorflow/tfjs';

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
    const product = tf.mul(spectrum(signalOf, L), spectrum(filterOf, L));
    return {
      value: inverse(product, L),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const ofY = spectrum(dy, L);
        const ofSignal = (): tf.Tensor => inverse(tf.mul(ofY, conjugate(spectrum(saved[1], L))), L);
        const ofFilter = (): tf.Tensor =>
          tf.sum(inverse(tf.mul(ofY, conjugate(spectrum(saved[0], L))), L), 0);
        return [ofSignal(), ofFilter()];
      },
    };
  })(x, kernel);
}

/** FFT of a real signal at length 2L. */
function spectrum(x: tf.Tensor, L: number): tf.Tensor {
  return tf.spectral.rfft(x, 2 * L);
}

/** Back to the first L samples. */
function inverse(x: tf.Tensor, L: number): tf.Tensor {
  const whole = tf.spectral.irfft(x);
  return tf.slice(whole, [0, 0, 0], [-1, -1, L]);
}

function conjugate(x: tf.Tensor): tf.Tensor {
  return tf.complex(tf.real(x), tf.neg(tf.imag(x)));
}
