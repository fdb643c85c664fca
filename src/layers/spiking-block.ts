import type { Neuron } from '../neurons/index.js';
import * as ops from '../ops/index.js';
import { outOfRange, unknownName } from '../options.js';
import type { Random } from '../random.js';
import * as tf from '../tf.js';
import { dropoutMask } from './dropout.js';
import { linearParameters } from './linear.js';
import type { ApplyOptions, ParameterGroup, Probe } from './model.js';
import { checkS4dOptions, type S4dOptions, s4dLayer } from './s4d.js';

/** `fixed`: v_th stays; `learnable`: one for each channel; `shared`: one for the layer. */
export type Threshold = 'fixed' | 'learnable' | 'shared';

export interface SpikingBlockOptions extends S4dOptions {
  neuron: Neuron;
  threshold: Threshold;
  /** Threshold at the start. */
  v_th: number;
  /** Probability of dropping a channel, before and after the linear map. */
  dropout: number;
}

/** What a block carries from one part of a sequence to the next. */
export type BlockState = {
  ssm: tf.Tensor4D;
  neuron: tf.Tensor;
};

export interface SpikingBlock {
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  readonly buffers: Readonly<Record<string, tf.Variable>>;
  group(name: string): ParameterGroup;
  /** @param x  float32 [batch, L, H]; @returns y [batch, L, H] (no norm) and the state after it, the caller's to free */
  apply(x: tf.Tensor3D, options?: BlockApplyOptions, state?: BlockState): [tf.Tensor3D, BlockState];
  /** What single steps need, or undefined where the neurons are not exact. The tensors belong to the caller. */
  stepParameters(): BlockStepParameters | undefined;
  /** The state at rest, the caller's to free. */
  initialState(batch: number): BlockState;
}

export interface BlockStepParameters {
  neuron: Required<ops.LifOptions>;
  /** With the threshold in it. */
  system: Required<ops.S4dParameters>;
  /** [H, 2H] and [2H] */
  weights: tf.Tensor2D;
  bias: tf.Tensor1D;
}

export interface BlockApplyOptions extends Omit<ApplyOptions, 'probe' | 'onSpikes' | 'lengths'> {
  /** Called with what enters the neurons and what leaves them, [batch, L, H]. */
  probe?: (name: Probe['name'], value: tf.Tensor3D) => void;
  /** Called with what spiking neurons send on, [batch, L, H]; see `ApplyOptions`. */
  onSpikes?: (value: tf.Tensor3D) => void;
  /** Added to y: the residual connection  [batch, L, H]; default 0. */
  residual?: tf.Tensor3D;
}

/**
 * The paper's block: S4D + D x, divided by v_th = exp(ln_vth), neuron, dropout, linear H -> 2H and gate, dropout.
 * Parameters by their official names: those of S4D, `ln_vth` [H, 1] or [1], `output_linear.0.weight` [2H, H, 1] and
 * `.bias` [2H].
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function spikingBlock(options: SpikingBlockOptions, random: Random): SpikingBlock {
  checkBlockOptions('spikingBlock', options);
  const { H, dropout } = options;
  const ssm = s4dLayer(options, random);
  const { weight, bias } = linearParameters([2 * H, H, 1], random);
  const cells = options.neuron.build();
  const lnVth = initialThreshold(options);
  const trained = options.threshold !== 'fixed';
  const threshold: Record<string, tf.Variable> = { ln_vth: lnVth };
  const parameters: Record<string, tf.Variable> = {
    ...ssm.parameters,
    ...(trained ? threshold : {}),
    'output_linear.0.weight': weight,
    'output_linear.0.bias': bias,
  };
  const gain = (): tf.Tensor1D => {
    const each = tf.reshape(tf.exp(tf.neg(lnVth)), [-1]) as tf.Tensor1D;
    return lnVth.size === H ? each : tf.mul(each, tf.ones([H]));
  };
  const matrix = (): tf.Tensor2D => tf.transpose(tf.reshape(weight, [2 * H, H])) as tf.Tensor2D;
  /**
   * Spikes times scale, state, and the spikes' slopes where they are known. One pass where neurons are exact, unless
   * somebody wants to see what is between.
   */
  function fired(
    x: tf.Tensor3D,
    gain: tf.Tensor1D,
    probe: BlockApplyOptions['probe'],
    state?: BlockState,
    scale?: tf.Tensor2D,
  ): [tf.Tensor3D, BlockState, tf.Tensor3D?] {
    if (cells.exact && !probe) {
      const before = { ssm: state?.ssm, neuron: state?.neuron as tf.Tensor2D | undefined };
      const [spikes, next, neuron, slope] = ssm.fire(x, gain, cells.exact, before, scale);
      return [spikes, { ssm: next, neuron }, slope];
    }
    const [current, next] = ssm.apply(x, gain, state?.ssm);
    if (probe) {
      probe('current', current);
      const [spikes, neuron] = cells.apply(current, state?.neuron);
      probe(cells.graded ? 'output' : 'spikes', spikes);
      return [ops.scaledSpikes(spikes, scale), { ssm: next, neuron }];
    }
    const [spikes, neuron, slope] = cells.apply(current, state?.neuron, scale);
    return [spikes, { ssm: next, neuron }, slope];
  }

  return {
    parameters,
    buffers: { ...(trained ? {} : threshold), ...cells.buffers },
    group: (name) => {
      if (name === 'output_linear.0.bias') return { decay: false };
      if (name === 'output_linear.0.weight' || name === 'ln_vth') return { decay: true };
      return ssm.group(name);
    },
    apply: (x, run = {}, state) => {
      const [batch, L] = x.shape;
      const [kept, keptBehind] = [0, 1].map(() => dropoutMask([batch, H], dropout, run));
      const [spikes, after, slope] = fired(x, gain(), run.probe, state, kept);
      if (!cells.graded) run.onSpikes?.(spikes);
      const rows = (x: tf.Tensor3D): tf.Tensor2D => tf.reshape(x, [batch * L, H]);
      const given = [rows(spikes), matrix(), bias as tf.Tensor as tf.Tensor1D] as const;
      const behind = { scale: keptBehind, residual: run.residual && rows(run.residual) };
      const y = cells.graded
        ? ops.glu(ops.affine(...given), behind)
        : ops.spikeGlu(...given, { ...behind, slope: slope && rows(slope) });
      return [tf.reshape(y, [batch, L, H]) as tf.Tensor3D, after];
    },
    stepParameters: () =>
      cells.exact && {
        neuron: cells.exact,
        system: ssm.scaled(gain()),
        weights: matrix(),
        bias: bias as tf.Tensor as tf.Tensor1D,
      },
    initialState: (batch) => ({ ssm: ssm.initialState(batch), neuron: cells.initialState(batch, H) }),
  };
}

/** @throws TypeError, RangeError  for an unknown name or a value out of range */
export function checkBlockOptions(where: string, options: Omit<SpikingBlockOptions, 'neuron'>): void {
  checkS4dOptions(where, options);
  const { threshold, v_th, dropout } = options;
  const known: Threshold[] = ['fixed', 'learnable', 'shared'];
  if (!known.includes(threshold)) throw unknownName(where, 'threshold', threshold, known);
  if (!(v_th > 0 && v_th < Infinity)) throw outOfRange(where, 'v_th', 'positive and finite', v_th);
  if (!(dropout >= 0 && dropout < 1)) throw outOfRange(where, 'dropout', 'in [0, 1)', dropout);
}

function initialThreshold({ H, threshold, v_th }: SpikingBlockOptions): tf.Variable {
  const shapes: Record<Threshold, number[]> = { fixed: [1], learnable: [H, 1], shared: [1] };
  return tf.tidy(() => tf.variable(tf.fill(shapes[threshold], Math.log(v_th)), threshold !== 'fixed'));
}
