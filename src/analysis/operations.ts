import type { SpikingSSMConfig } from '../layers/config.js';
import { type VocabularyPart, vocabularyParts } from '../layers/vocabulary-parts.js';

/** Synaptic operations a sample, as NeuroBench defines and names them. */
export interface Operations {
  /** Dense: multiply-accumulates if every input and weight counted, zeros too. */
  dense: number;
  /** Effective_MACs: those whose input is not zero, where inputs are real numbers. */
  macs: number;
  /** Effective_ACs: additions of a weight, where all inputs are in {-1, 0, 1}; one for each input that is not 0. */
  acs: number;
}

/** What of a network decides its operations. */
export interface NetworkShape {
  readonly layers: readonly {
    /** Channels. */
    readonly H: number;
    /** State size of a channel: N/2 complex pairs. */
    readonly N: number;
    /** Steps of a sequence (a mean where they differ). */
    readonly L: number;
    /** State-space kernels: 2 where bidirectional. */
    readonly channels: 1 | 2;
    /** Spikes per neuron and step, in [0, 1]; null where neurons send on real numbers. */
    readonly rate: number | null;
  }[];
  /** Linear map at every step; `inputs` 0 for a table of tokens, which is looked up and multiplies nothing. */
  readonly encoder: {
    readonly inputs: number;
    readonly outputs: number;
    /** Share of inputs that are not zero. Default 1. */
    readonly density?: number;
    /** All inputs are in {-1, 0, 1}, such as spikes or events. Default false: they are real numbers. */
    readonly ternary?: boolean;
  };
  /** Linear map; once a sample unless `steps` says otherwise. */
  readonly head: { readonly inputs: number; readonly outputs: number; readonly steps?: number };
}

export interface NetworkOperations {
  encoder: Operations;
  /** Of each layer: its state space with the skip D, and the linear map H -> 2H that mixes channels. */
  layers: { stateSpace: Operations; mixing: Operations }[];
  head: Operations;
  total: Operations;
  /** MembraneUpdates: neurons times steps. */
  membraneUpdates: number;
}

/**
 * Synaptic operations of a SpikingSSM for one sample.
 *   encoder      inputs * outputs * L MACs, of inputs that are not 0; ACs where all of them are in {-1, 0, 1}
 *   state space  (4N + 1) * H * L MACs a direction, the 1 (skip D) once: the recurrent form, real numbers counted.
 *                For each of N/2 complex pairs: x' = Abar x is 4, + Bbar u is 2, the read-out Re(C x') is 2
 *   mixing       dense 2H * H * L; its inputs are spikes, so it does rate * 2H * H * L ACs and no MAC;
 *                where neurons send on real numbers, all of it is MACs
 *   head         inputs * outputs MACs
 * As NeuroBench has it, bias, pooling and norm do not count; nor do the gate, the residual sum and the neuron
 * (its updates are counted apart). Source: Yik et al. 2023, arXiv 2304.04640.
 * @throws RangeError  `operations: the rate of layer 1 must be in [0, 1], got 26.4`
 */
export function operations({ layers, encoder, head }: NetworkShape): NetworkOperations {
  layers.forEach(({ rate }, i) => {
    if (rate !== null && !(rate >= 0 && rate <= 1)) {
      throw new RangeError(`operations: the rate of layer ${i} must be in [0, 1], got ${rate}`);
    }
  });
  const L = layers[0]?.L ?? 1;
  const parts = {
    encoder: (encoder.ternary ? signed : real)(encoder.inputs * encoder.outputs * L, encoder.density),
    layers: layers.map((layer) => ({ stateSpace: stateSpace(layer), mixing: mixing(layer) })),
    head: real(head.inputs * head.outputs * (head.steps ?? 1)),
  };
  const each = [
    parts.encoder,
    ...parts.layers.flatMap((layer) => [layer.stateSpace, layer.mixing]),
    parts.head,
  ];
  return {
    ...parts,
    total: {
      dense: each.reduce((sum, { dense }) => sum + dense, 0),
      macs: each.reduce((sum, { macs }) => sum + macs, 0),
      acs: each.reduce((sum, { acs }) => sum + acs, 0),
    },
    membraneUpdates: layers.reduce((sum, { H, L: steps }) => sum + H * steps, 0),
  };
}

/** What `operationsOf` needs of a model's configuration. */
export type OperationsConfig = Pick<
  SpikingSSMConfig,
  'H' | 'N' | 'layers' | 'bidirectional' | 'inputs' | 'classes' | 'pool' | 'adaptive'
> &
  Partial<Pick<SpikingSSMConfig, 'pairs'>>;

/**
 * Operations of a model for one sample of `L` steps, of a pair those of both sequences. With adaptive softmax, those of every token's probability, and of a
 * token of the first part, the widest, where it goes in.
 * @param rates    spiking rate of each layer, in [0, 1]; null where neurons send on real numbers
 * @param density  share of the real inputs that are not zero
 * @param ternary    whether all of them are in {-1, 0, 1}, so that they are added
 * @throws RangeError  `operationsOf: 2 layers need 2 rates, got 1`
 */
export function operationsOf(
  config: OperationsConfig,
  L: number,
  rates: readonly number[] | null,
  density = 1,
  ternary = false,
): NetworkOperations {
  const { H, N, layers, bidirectional, inputs, classes, pool, adaptive, pairs } = config;
  if (rates !== null && rates.length !== layers) {
    throw new RangeError(`operationsOf: ${layers} layers need ${layers} rates, got ${rates.length}`);
  }
  return operations({
    layers: (rates ?? new Array<null>(layers).fill(null)).map((rate) => ({
      H,
      N,
      L,
      channels: bidirectional ? 2 : 1,
      rate,
    })),
    encoder:
      inputs.kind === 'real'
        ? { inputs: inputs.size, outputs: H, density, ternary }
        : { inputs: adaptive ? H : 0, outputs: H },
    head: {
      inputs: H,
      outputs: adaptive
        ? outputsOfParts(vocabularyParts(classes, H, adaptive), H)
        : // A pair's head maps [a, b, a - b, a b] to H numbers, and those to the classes.
          classes + (pairs ? 4 * H : 0),
      steps: pool === 'none' ? L : 1,
    },
  });
}

/** As many outputs of one map from H as cost what the maps of all parts do: H -> width -> words, and an entry a later part. */
function outputsOfParts(parts: readonly VocabularyPart[], H: number): number {
  const macs = parts.reduce((sum, { words, width }) => sum + width * (H + words), H * (parts.length - 1));
  return macs / H;
}

function stateSpace({ H, N, L, channels }: NetworkShape['layers'][number]): Operations {
  return real((4 * N * channels + 1) * H * L);
}

function mixing({ H, L, rate }: NetworkShape['layers'][number]): Operations {
  const dense = 2 * H * H * L;
  if (rate === null) return real(dense);
  return signed(dense, rate);
}

function real(dense: number, density = 1): Operations {
  return { dense, macs: density * dense, acs: 0 };
}

function signed(dense: number, density = 1): Operations {
  return { dense, macs: 0, acs: density * dense };
}
