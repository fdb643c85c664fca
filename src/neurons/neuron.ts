import type { LifOptions } from '../ops/index.js';
import type * as tf from '../tf.js';

/** A kind of neuron, as an option of a model: what it is, and how the neurons of one layer are made. */
export interface Neuron {
  /** Plain data that names the kind and its options; kept in checkpoints. */
  readonly config: Readonly<Record<string, number | string>>;
  build(): NeuronLayer;
}

/** The neurons of one layer. They hold no state: it is passed in and returned. */
export interface NeuronLayer {
  /** Variables that are saved and not trained, by official name (SDN weights). */
  readonly buffers: Readonly<Record<string, tf.Variable>>;
  /**
   * @param current  float32 [batch, L, H], in units of the threshold
   * @param state    what the same neurons returned for the steps before; default: at rest
   * @param scale    what a spike of each channel counts, a constant (dropout)  [batch, H]; default 1
   * @returns        output [batch, L, H] and the state after the last step; where many are 0 and known, the outputs' slopes
   *                 [batch, L, H], which spare the gradients that nobody wants
   */
  apply(current: tf.Tensor3D, state?: tf.Tensor, scale?: tf.Tensor2D): [tf.Tensor3D, tf.Tensor, tf.Tensor3D?];
  /** Options of the exact neuron, where that is what it is: then `apply` may be done in one pass with the layer before. */
  readonly exact?: Required<LifOptions>;
  /** Whether they send on real numbers instead of spikes. */
  readonly graded?: boolean;
  /** The state at rest, the caller's to free. */
  initialState(batch: number, H: number): tf.Tensor;
}
