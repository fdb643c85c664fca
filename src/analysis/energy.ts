import type { Operations } from './operations.js';

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
export function energy({ dense, macs, acs }: Operations): Energy {
  return { joules: JOULES_PER_MAC * macs + JOULES_PER_AC * acs, denseJoules: JOULES_PER_MAC * dense };
}
