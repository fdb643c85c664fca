import * as ops from '../ops/index.js';
import * as tf from '../tf.js';
import type { ApplyOptions } from './model.js';

export type NormKind = 'layer' | 'batch';

export interface NormLayer {
  /** `weight` and `bias` [H] */
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  /** Batch norm's `running_mean` and `running_var` [H] */
  readonly buffers: Readonly<Record<string, tf.Variable>>;
  /**
   * @param x     float32 [batch, L, H]
   * @param run   `training`, or `statistics`: the share of this batch in the running statistics, which it then goes without
   * @param mask  of the steps that are sequences' own [batch, L, 1]; the others stay out of the batch's statistics
   */
  apply(x: tf.Tensor3D, run: Pick<ApplyOptions, 'training' | 'statistics'>, mask?: tf.Tensor3D): tf.Tensor3D;
}

/** Added to the variance. */
export const NORM_EPS = 1e-5;
/** Share of the newest batch in the running statistics when training. */
const MOMENTUM = 0.1;

/**
 * Layer norm over the channels of each step, or batch norm of each channel over batch and time. Batch norm uses the
 * running statistics when not training; they are updated as in PyTorch (momentum 0.1, unbiased variance), or averaged over
 * some batches by `statistics`.
 */
export function normLayer(kind: NormKind, H: number): NormLayer {
  const constant = (value: number, trainable: boolean): tf.Variable =>
    tf.tidy(() => tf.variable(tf.fill([H], value), trainable));
  const [weight, bias] = [constant(1, true), constant(0, true)];
  const rows = (x: tf.Tensor3D): tf.Tensor2D => tf.reshape(x, [-1, H]);
  const own = (x: tf.Tensor2D, mask?: tf.Tensor1D): ops.NormResult =>
    ops.norm(x, weight as tf.Tensor as tf.Tensor1D, bias as tf.Tensor as tf.Tensor1D, {
      kind,
      eps: NORM_EPS,
      mask,
    });
  if (kind === 'layer') {
    return { parameters: { weight, bias }, buffers: {}, apply: (x) => tf.reshape(own(rows(x)).y, x.shape) };
  }
  const [mean, variance] = [constant(0, false), constant(1, false)];
  return {
    parameters: { weight, bias },
    buffers: { running_mean: mean, running_var: variance },
    apply: (x, { training, statistics }, mask) => {
      const share = training ? MOMENTUM : statistics;
      if (share === undefined) {
        const scale = tf.mul(weight, tf.rsqrt(tf.add(variance, NORM_EPS)));
        return tf.add(tf.mul(x, scale), tf.sub(bias, tf.mul(mean, scale)));
      }
      const result = own(rows(x), mask?.reshape([-1]));
      const count = mask ? mask.sum().dataSync()[0] : x.size / H;
      if (count < 2)
        throw new RangeError(
          "norm: batch norm needs at least 2 values a channel to train, got 1 (take more examples a step, or norm: 'layer')",
        );
      tf.tidy(() => {
        mean.assign(tf.add(tf.mul(mean, 1 - share), tf.mul(result.mean, share)));
        const unbiased = tf.mul(result.variance, count / (count - 1));
        variance.assign(tf.add(tf.mul(variance, 1 - share), tf.mul(unbiased, share)));
      });
      return tf.reshape(result.y, x.shape);
    },
  };
}
