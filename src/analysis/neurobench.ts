import type { Model } from '../layers/model.js';
import type * as tf from '../tf.js';
import type { Report } from './evaluate.js';

/** The algorithm metrics of NeuroBench under their own names. Source: Yik et al. 2023, arXiv 2304.04640. */
export interface NeuroBench {
  /** Bytes of all parameters and buffers, 4 a number. */
  Footprint: number;
  /** Zeros among the connection weights, in [0, 1]. */
  ConnectionSparsity: number;
  /** Zeros among all outputs of all neurons, over layers, steps and samples, in [0, 1]. */
  ActivationSparsity: number;
  /** A sample's. */
  SynapticOperations: {
    /** Zero inputs and weights counted too. */
    Dense: number;
    /** Multiply-accumulates whose input is not 0, where inputs are real. */
    Effective_MACs: number;
    /** Accumulates, where all inputs are in {-1, 0, 1}; one for each that is not 0. */
    Effective_ACs: number;
  };
  /** Neurons times steps, a sample's. */
  MembraneUpdates: number;
}

/**
 * NeuroBench metrics of a model and its evaluation. Connections are the linear maps and B, C, D of the
 * state spaces; A (a decay, never 0), step sizes, thresholds, biases and norms are none. Bias, pooling and norm do no synaptic
 * operation.
 * @throws TypeError  `neurobench: the report has no operations (the model it is of has no config)`
 */
export function neurobench(report: Pick<Report, 'zeros' | 'operations'>, model: Model): NeuroBench {
  const { operations, zeros } = report;
  if (operations === null) {
    throw new TypeError('neurobench: the report has no operations (the model it is of has no config)');
  }
  const { dense, macs, acs } = operations.total;
  return {
    Footprint: footprint(model),
    ConnectionSparsity: connectionSparsity(model),
    ActivationSparsity: zeros,
    SynapticOperations: { Dense: dense, Effective_MACs: macs, Effective_ACs: acs },
    MembraneUpdates: operations.membraneUpdates,
  };
}

/** Bytes of all parameters and buffers of a model, 4 a number. */
export function footprint({ parameters, buffers }: Pick<Model, 'parameters' | 'buffers'>): number {
  const variables = [...Object.values(parameters), ...Object.values(buffers)];
  return 4 * variables.reduce((sum, { size }) => sum + size, 0);
}

const CONNECTIONS =
  /(^|\.)(encoder\.weight|decoder\.weight|emb_layers\.\d+\.weight|emb_projs\.\d+|cluster_weight|out_projs\.0|output_linear\.0\.weight|kernel\.[BC]|D)$/;

function connectionSparsity({ parameters }: Pick<Model, 'parameters'>): number {
  const weights = Object.entries(parameters).flatMap(([name, one]) => (CONNECTIONS.test(name) ? [one] : []));
  const all = weights.reduce((sum, { size }) => sum + size, 0);
  return all === 0 ? 0 : weights.reduce((sum, one) => sum + zerosOf(one), 0) / all;
}

function zerosOf(variable: tf.Variable): number {
  return variable.dataSync<'float32'>().reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
}
