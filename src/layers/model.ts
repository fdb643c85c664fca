import type { CrossEntropyResult } from '../ops/index.js';
import type { Random } from '../random.js';
import type * as tf from '../tf.js';

/** What a probe is shown while a model runs. The tensor belongs to the model: copy what must outlive the call. */
export interface Probe {
  layer: number;
  /** `current` enters the neuron (in units of v_th), `spikes` leave it, or the `output` of one that sends real numbers; all [batch, L, H]. */
  name: 'current' | 'spikes' | 'output';
  value: tf.Tensor3D;
}

export interface ApplyOptions {
  /** Dropout and batch statistics as in training. Default false. */
  training?: boolean;
  /**
   * Renews running statistics (batch norm) instead of using them: each norm works with those of this batch, whose share in
   * the running ones this is, in (0, 1]. When training it is the norm's own. Default: they are used and stay.
   */
  statistics?: number;
  /** Source of the dropout masks; needed when training with dropout. */
  random?: Random;
  /** True length of each sequence [batch], of pairs [2 batch]: what lies behind it changes nothing of what the sequence gives. Default L. */
  lengths?: Int32Array;
  /** Returns what the head would be given, [batch, L, H], instead of logits: only without pooling. Default false. */
  hidden?: boolean;
  /** Called for every layer on the way. */
  probe?: (event: Probe) => void;
  /**
   * Called for every layer of spiking neurons with what they send on [batch, L, H]: spikes, times the dropout's factor
   * where there is one. Unlike `probe` it leaves every fast form in use, and a loss may depend on what it is shown.
   */
  onSpikes?: (event: { layer: number; value: tf.Tensor3D }) => void;
}

/** Every option of `apply`. */
export const APPLY_OPTIONS: readonly string[] = Object.keys({
  training: true,
  statistics: true,
  random: true,
  lengths: true,
  hidden: true,
  probe: true,
  onSpikes: true,
} satisfies Record<keyof ApplyOptions, true>);

/** How the optimiser treats one parameter (the paper's parameter groups). */
export interface ParameterGroup {
  /** Upper bound of the learning rate, e.g. 0.001 for the state matrix; undefined: none. */
  maxLearningRate?: number;
  /** Whether weight decay applies. */
  decay: boolean;
}

/** A head that finds the loss without the logits of every class. */
export interface LossHead {
  readonly classes: number;
  /**
   * As the operation of that name does it from logits.
   * @param hidden  what `apply` returns with `hidden`, a row an answer  [rows, H]
   * @param y       int32 [rows]
   */
  crossEntropy(
    hidden: tf.Tensor2D,
    y: tf.Tensor1D,
    run?: Pick<ApplyOptions, 'training' | 'random'>,
  ): CrossEntropyResult;
}

/** What training, checkpoints and analysis need to know of a model; `SpikingSSM` is one. */
export interface Model {
  /** Trainable variables by official checkpoint name. */
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  /** Variables that are saved and not trained: running statistics, frozen SDN weights. */
  readonly buffers: Readonly<Record<string, tf.Variable>>;
  group(name: string): ParameterGroup;
  /** @returns logits [batch, classes], or [batch, L, classes] without pooling: the caller's, who frees them (`dispose`) */
  apply(x: tf.Tensor, options?: ApplyOptions): tf.Tensor;
  /** Whether it holds running statistics that `ApplyOptions.statistics` renews. Default false. */
  readonly runningStatistics?: boolean;
  /** Where there is one, training and validation find their loss by it. */
  readonly lossHead?: LossHead;
  /** Frees the parameters and buffers; the model is of no use afterwards. */
  dispose(): void;
}
