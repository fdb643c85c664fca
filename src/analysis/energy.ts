import type { SpikingSSMConfig } from '../layers/config.js';
import type { Model } from '../layers/model.js';
import { type MemoryEnergy, memoryEnergy } from './memory-energy.js';
import { footprint } from './neurobench.js';
import type { NetworkOperations, Operations } from './operations.js';

/** Energy of one operation on 32-bit floats in 45 nm CMOS, joules. Source: Horowitz, ISSCC 2014. */
export const JOULES_PER_MAC = 4.6e-12;
export const JOULES_PER_AC = 0.9e-12;

/** Energy a sample by counting operations, joules. Memory traffic, which often costs more, is not in it. */
export interface Energy {
  /** Of the effective operations: MACs where inputs are real, ACs where they are spikes. */
  joules: number;
  /** Of the same network with real activations and no zeros: every operation a MAC. */
  denseJoules: number;
}

/** Energy of the operations by the 45 nm model that the paper uses: 4.6 pJ a MAC, 0.9 pJ an AC. */
export function operationEnergy({ dense, macs, acs }: Operations): Energy {
  return { joules: JOULES_PER_MAC * macs + JOULES_PER_AC * acs, denseJoules: JOULES_PER_MAC * dense };
}

export interface ModelEnergy {
  /** The paper's figure: operations alone. */
  operations: Energy;
  /** Reading weights, reading and writing states (see `memoryEnergy`). */
  memory: MemoryEnergy;
  /** Both together. */
  total: Energy;
}

/**
 * Energy a sample of a model in operation, by counting: its operations, and the memory traffic that they need.
 * @param report  what `evaluate` found of the model
 * @throws TypeError  `energy: the report has no operations (the model it is of has no config)`
 */
export function energy(
  report: { readonly operations: NetworkOperations | null; readonly L: number },
  model: Model & { readonly config: SpikingSSMConfig },
): ModelEnergy {
  if (report.operations === null) {
    throw new TypeError('energy: the report has no operations (the model it is of has no config)');
  }
  const { H, N, layers, bidirectional } = model.config;
  // Of every channel: its modes, and the membrane potential.
  const states = layers * H * (N * (bidirectional ? 2 : 1) + 1);
  const operations = operationEnergy(report.operations.total);
  const memory = memoryEnergy({
    operations: report.operations.total,
    weightBytes: footprint(model),
    stateBytes: 4 * states,
    stateUpdates: states * report.L,
  });
  return {
    operations,
    memory,
    total: {
      joules: operations.joules + memory.joules,
      denseJoules: operations.denseJoules + memory.denseJoules,
    },
  };
}
