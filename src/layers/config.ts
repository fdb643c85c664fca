import { type Neuron, type NeuronName, neuronOf } from '../neurons/index.js';
import { outOfRange, unknownName, withDefaults } from '../options.js';
import type { InputKind, Pool } from './heads.js';
import type { S4dInit } from './init.js';
import type { NormKind } from './norm.js';
import { checkBlockOptions, type Threshold } from './spiking-block.js';
import { type AdaptiveOptions, vocabularyParts } from './vocabulary-parts.js';

/** Where the norm stands: before the block, after the residual connection, or nowhere. */
export interface NormOptions {
  placement: 'pre' | 'post' | 'none';
  kind: NormKind;
}

/** Every option of a SpikingSSM as plain data; kept in checkpoints. */
export interface SpikingSSMConfig {
  /** What one step of the input holds. Default one real number. */
  inputs: InputKind;
  /** Outputs of the head. */
  classes: number;
  /** Channels of every layer. Default 64. */
  H: number;
  /** State size of a channel, even. Default 16. */
  N: number;
  /** Blocks. Default 2. */
  layers: number;
  /** The kind of neuron and its options. */
  neuron: Neuron['config'];
  /** Whether v_th is trained: one a channel, one a layer, or not. Default `learnable`. */
  threshold: Threshold;
  /** v_th at the start. Default 1. */
  v_th: number;
  /**
   * Default batch norm before each block, without which few steps teach little; where every step has its answer (pool
   * `none`) layer norm there, since a batch's statistics are of later steps too. The paper's recipes name theirs.
   */
  norm: NormOptions;
  /** Default 0. */
  dropout: number;
  /** A second state-space kernel that runs backwards in time. Default false. */
  bidirectional: boolean;
  /** Trains B, under the names of s4's diagonal kernel. Default false. */
  trainableB: boolean;
  /** Default `s4dLin`. */
  init: S4dInit;
  /** Bounds of the initial step size. Default 0.001 and 0.1. */
  dt_min: number;
  dt_max: number;
  /** Default `mean`, over the true length. */
  pool: Pool;
  /**
   * Two sequences an example, x [batch, 2, L] or [batch, 2, L, size], through one network; the head is told both. Default
   * false.
   */
  pairs: boolean;
  /** A language model whose head is its table of tokens. Default false. */
  tied: boolean;
  /** Of a tied language model: tokens by frequency in parts, the rare ones with narrower vectors. Default: one part. */
  adaptive?: AdaptiveOptions;
  /** Of the initial parameters. Default 0. */
  seed: number;
}

/** Options of `spikingSSM`; only `classes` has no default. */
export type SpikingSSMOptions = Partial<Omit<SpikingSSMConfig, 'classes' | 'neuron' | 'norm'>> & {
  classes: number;
  /** Placement and kind; a kind alone stands before each block. */
  norm?: NormOptions | NormKind | 'none';
  /** A neuron, the short name of one, or the `config` of one. Default `lif`, the exact LIF neuron. */
  neuron?: Neuron | NeuronName | Neuron['config'];
  /** A recipe's options for `train`; of no concern to the model, so that a whole recipe can be passed. */
  training?: object;
  /** A recipe's options for its task, and where its numbers come from; of no concern to the model either. */
  task?: Readonly<Record<string, unknown>>;
  source?: string;
};

const NO_NORM: NormOptions = { placement: 'none', kind: 'layer' };

const DEFAULTS: Omit<SpikingSSMConfig, 'neuron' | 'norm'> &
  Required<Pick<SpikingSSMOptions, 'neuron'>> &
  Pick<SpikingSSMOptions, 'norm'> = {
  inputs: { kind: 'real', size: 1 },
  classes: 0,
  H: 64,
  N: 16,
  layers: 2,
  neuron: 'lif',
  threshold: 'learnable',
  v_th: 1,
  norm: undefined,
  dropout: 0,
  bidirectional: false,
  trainableB: false,
  init: 's4dLin',
  dt_min: 0.001,
  dt_max: 0.1,
  pool: 'mean',
  pairs: false,
  tied: false,
  adaptive: undefined,
  seed: 0,
};

export const MODEL_OPTIONS: readonly string[] = Object.keys(DEFAULTS);

/** The options with their defaults, checked, and the neuron they name. */
export function spikingSSMConfig(options: SpikingSSMOptions): { config: SpikingSSMConfig; neuron: Neuron } {
  const { training: _, task: _task, source: _source, ...own } = options;
  const given = withDefaults('spikingSSM', own, DEFAULTS);
  const neuron = neuronOf('spikingSSM', given.neuron);
  const inputs = withDefaults('spikingSSM: inputs', given.inputs, DEFAULTS.inputs);
  const { classes, layers, pool } = given;
  const norm = normOf(given.norm ?? (pool === 'none' ? 'layer' : 'batch'));
  for (const [name, value] of Object.entries({ classes, layers, 'inputs.size': inputs.size })) {
    if (!Number.isInteger(value) || value < 1)
      throw outOfRange('spikingSSM', name, 'a whole number of at least 1', value);
  }
  checkBlockOptions('spikingSSM', given);
  oneOf('inputs.kind', inputs.kind, ['real', 'tokens']);
  oneOf('norm.placement', norm.placement, ['pre', 'post', 'none']);
  oneOf('norm.kind', norm.kind, ['layer', 'batch']);
  oneOf('pool', pool, ['mean', 'last', 'none']);
  if (given.pairs && pool === 'none')
    throw outOfRange('spikingSSM', 'pool', "'mean' or 'last' for pairs", pool);
  if (given.tied && !(inputs.kind === 'tokens' && inputs.size === classes)) {
    throw outOfRange(
      'spikingSSM',
      'classes',
      `the ${inputs.size} tokens of inputs where they are tied`,
      classes,
    );
  }
  if (given.adaptive) {
    vocabularyParts(classes, given.H, given.adaptive);
    if (!given.tied) throw outOfRange('spikingSSM', 'tied', 'true with adaptive', 'false');
    if (pool !== 'none') throw outOfRange('spikingSSM', 'pool', "'none' with adaptive", pool);
  }
  return { config: { ...given, inputs, norm, neuron: neuron.config }, neuron };
}

function normOf(norm: NonNullable<SpikingSSMOptions['norm']>): NormOptions {
  if (typeof norm === 'string') {
    oneOf('norm', norm, ['none', 'layer', 'batch']);
    return norm === 'none' ? NO_NORM : { placement: 'pre', kind: norm };
  }
  const whole = withDefaults('spikingSSM: norm', norm, NO_NORM);
  // A kind alone is there to be used.
  return norm.placement === undefined && norm.kind !== undefined ? { ...whole, placement: 'pre' } : whole;
}

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw unknownName('spikingSSM', name, value, known);
}
