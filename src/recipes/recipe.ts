import type { NormOptions, SpikingSSMOptions } from '../layers/config.js';
import type { RunHandling, TrainOptions } from '../train/options.js';

/** `tiny`: seconds to minutes without native code; `small`: about half an hour on two cores; `paper`: the paper's. */
export type Scale = 'tiny' | 'small' | 'paper';

/** Options of a model, and under `training` those of its training. Numbers only: no hooks, no signal. */
export type Recipe = Readonly<SpikingSSMOptions> & {
  readonly training: Readonly<Omit<TrainOptions, keyof RunHandling>>;
  /** Options of the task (see `recipeTasks`). Default none. */
  readonly task?: Readonly<Record<string, unknown>>;
  /** Where the numbers come from. */
  readonly source: string;
};

/** A task's recipes. */
export type Recipes = Readonly<Record<Scale, Recipe>>;

/**
 * The norm of the paper's sMNIST, psMNIST, sCIFAR, ListOps and DVS runs. Their configurations ask for a norm after
 * the block, but the released code puts its result into a variable it never uses, so these models were trained with
 * no norm at all. For what the configuration says, pass `norm: { placement: 'post', kind: 'layer' }` (ListOps:
 * `kind: 'batch'`).
 */
export const releasedPostNorm: Readonly<NormOptions> = { placement: 'none', kind: 'layer' };

/** Where the numbers of scale `paper` come from. */
export const RELEASED: string =
  'configurations released with Shen et al. 2024, arXiv 2408.14909 (repository shenshuaijie/SDN, commit 709640e)';

/** What all of the paper's models share: SpikingSSM-VT with the surrogate dynamic network. */
export const paperModel: Partial<SpikingSSMOptions> = {
  neuron: 'sdn',
  threshold: 'learnable',
  dt_min: 0.001,
  dt_max: 0.1,
  pool: 'mean',
};

/**
 * Our own choice, for plain loops: the exact neuron (half the time of the network that stands in for it), few channels,
 * and a batch norm before each block, without which few steps teach little.
 */
export const tinyModel: Partial<SpikingSSMOptions> = {
  ...paperModel,
  neuron: 'bptt',
  layers: 2,
  H: 16,
  N: 16,
  norm: { placement: 'pre', kind: 'batch' },
};

/** Our own choice too, for the native kernels: the exact neuron costs them no more than its stand-in. */
export const smallModel: Partial<SpikingSSMOptions> = { ...tinyModel, H: 64, N: 32 };
