import * as ops from '../ops/index.js';
import { unitB } from '../ops/s4d/index.js';
import { outOfRange, unknownName } from '../options.js';
import type { Random } from '../random.js';
import * as tf from '../tf.js';
import { type S4dInit, s4dInits } from './init.js';
import type { ParameterGroup } from './model.js';

export interface S4dOptions {
  /** Channels. */
  H: number;
  /** State size of a channel, even. */
  N: number;
  /** A second kernel that runs backwards in time. */
  bidirectional: boolean;
  /** Trains B and uses the names of s4's diagonal kernel. */
  trainableB: boolean;
  init: S4dInit;
  /** Bounds of the initial step size; log-uniform between them. */
  dt_min: number;
  dt_max: number;
}

/** A diagonal state-space layer with its skip connection. */
export interface S4dLayer {
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  group(name: string): ParameterGroup;
  /**
   * @param x     float32 [batch, L, H]
   * @param gain  factor of each channel's output  [H]
   * @returns     y [batch, L, H] and the state [batch, H, N/2, 2], the caller's to free
   */
  apply(x: tf.Tensor3D, gain: tf.Tensor1D, state?: tf.Tensor4D): [tf.Tensor3D, tf.Tensor4D];
  /** The same with exact neurons behind it, in one pass. @returns spikes times scale [batch, H], and the states of layer and neurons */
  fire(
    x: tf.Tensor3D,
    gain: tf.Tensor1D,
    neuron: ops.LifOptions,
    states: { ssm?: tf.Tensor4D; neuron?: tf.Tensor2D },
    scale?: tf.Tensor2D,
  ): ReturnType<typeof ops.spikingScan>;
  /** The system whose output is multiplied by gain. */
  scaled(gain: tf.Tensor1D): Required<ops.S4dParameters>;
  /** Zeros [batch, H, N/2, 2], the caller's to free. */
  initialState(batch: number): tf.Tensor4D;
}

/**
 * S4D: h' = A h + B x, y = 2 Re C h + D x for every channel, by zero-order hold.
 * Parameters by their official names: `kernel.log_dt` [H], `kernel.log_A_real` and `kernel.A_imag` [H, N/2],
 * `kernel.C` [1 or 2, H, N/2, 2], `D` [1, H]; with trained B: `kernel.inv_dt` [H, 1], `kernel.A_real`,
 * `kernel.A_imag` (of the opposite sign), `kernel.B` [1, H, N/2, 2].
 */
export function s4dLayer(options: S4dOptions, random: Random): S4dLayer {
  checkS4dOptions('s4dLayer', options);
  const { H, N, trainableB } = options;
  const M = N / 2;
  const parameters = initialParameters(options, random);
  // The output is linear in C and D, so the gain goes there: a few numbers instead of a whole sequence.
  const scaled = (gain: tf.Tensor1D): Required<ops.S4dParameters> => {
    const system = systemOf(parameters, H, M);
    const C = tf.mul<tf.Tensor4D>(system.C, tf.reshape(gain, [1, H, 1, 1]));
    return { ...system, C, D: tf.mul<tf.Tensor1D>(system.D, gain) };
  };
  return {
    parameters,
    group: (name) => {
      if (name === 'D') return { decay: true };
      if (name === 'kernel.C')
        return trainableB ? { decay: true, maxLearningRate: STATE_RATE } : { decay: true };
      return { decay: false, maxLearningRate: STATE_RATE };
    },
    apply: (x, gain, state) => tf.tidy(() => ops.s4d(x, scaled(gain), state)),
    fire: (x, gain, neuron, states, scale) =>
      tf.tidy(() => ops.spikingScan(x, scaled(gain), neuron, states, scale)),
    scaled,
    initialState: (batch) => tf.zeros([batch, H, M, 2]),
  };
}

/** @throws TypeError  for an unknown init; @throws RangeError  for a size or step that makes no layer */
export function checkS4dOptions(where: string, { H, N, init, dt_min, dt_max }: S4dOptions): void {
  for (const [name, value] of Object.entries({ H, N })) {
    if (!Number.isInteger(value) || value < 1)
      throw outOfRange(where, name, 'a whole number of at least 1', value);
  }
  if (N % 2 !== 0) throw outOfRange(where, 'N', 'even, because modes come in conjugate pairs', N);
  if (!(dt_min > 0 && dt_min <= dt_max && dt_max < Infinity)) {
    throw outOfRange(where, 'dt_min and dt_max', '0 < dt_min <= dt_max', `${dt_min} and ${dt_max}`);
  }
  if (!Object.hasOwn(s4dInits, init)) throw unknownName(where, 'init', init, Object.keys(s4dInits));
}

/** Upper bound of the learning rate of the state matrix and step size (paper, recipes). */
const STATE_RATE = 0.001;

/** The operation's parameters, whichever names they are kept under. */
function systemOf(p: Record<string, tf.Variable>, H: number, M: number): Required<ops.S4dParameters> {
  const C = p['kernel.C'] as tf.Tensor as tf.Tensor4D;
  const D = tf.reshape(p.D, [H]) as tf.Tensor1D;
  if (p['kernel.B']) {
    return {
      log_dt: tf.reshape(p['kernel.inv_dt'], [H]) as tf.Tensor1D,
      log_A_real: p['kernel.A_real'] as tf.Tensor as tf.Tensor2D,
      A_imag: tf.neg(p['kernel.A_imag']) as tf.Tensor2D, // this kernel has A = -exp(A_real) - i A_imag
      B: tf.reshape(p['kernel.B'], [H, M, 2]) as tf.Tensor3D,
      C,
      D,
    };
  }
  return {
    log_dt: p['kernel.log_dt'] as tf.Tensor as tf.Tensor1D,
    log_A_real: p['kernel.log_A_real'] as tf.Tensor as tf.Tensor2D,
    A_imag: p['kernel.A_imag'] as tf.Tensor as tf.Tensor2D,
    B: unitB(H, M),
    C,
    D,
  };
}

function initialParameters(options: S4dOptions, random: Random): Record<string, tf.Variable> {
  const { H, N, bidirectional, trainableB, init, dt_min, dt_max } = options;
  const M = N / 2;
  const A = s4dInits[init](N);
  const fill = (shape: number[], of: (i: number) => number): tf.Variable =>
    tf.tidy(() =>
      tf.variable(
        tf.tensor(
          Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => of(i)),
          shape,
        ),
      ),
    );
  const [low, high] = [Math.log(dt_min), Math.log(dt_max)];
  const logDt = (): number => low + random.uniform() * (high - low);
  const logReal = (i: number): number => Math.log(-A[i % M].re);
  const common = {
    // Complex normal of variance 1: each part has 1/2.
    'kernel.C': fill([bidirectional ? 2 : 1, H, M, 2], () => random.normal() * Math.SQRT1_2),
    D: fill([1, H], () => random.normal()),
  };
  if (trainableB) {
    return {
      ...common,
      'kernel.inv_dt': fill([H, 1], logDt),
      'kernel.A_real': fill([H, M], logReal),
      'kernel.A_imag': fill([H, M], (i) => A[i % M].im),
      'kernel.B': fill([1, H, M, 2], (i) => (i % 2 === 0 ? 1 : 0)),
    };
  }
  return {
    ...common,
    'kernel.log_dt': fill([H], logDt),
    'kernel.log_A_real': fill([H, M], logReal),
    'kernel.A_imag': fill([H, M], (i) => A[i % M].im),
  };
}
