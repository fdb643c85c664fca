import type { Attributes } from './operation.js';
import { surrogates } from './surrogate.js';

/** A neuron's numbers in the addon's order. `surrogate` counts in the order of ops/surrogate.ts. */
export type NativeNeuron = [tau: number, v_reset: number, soft: boolean, sltt: boolean, surrogate: number];

/** The number by which the addon knows a surrogate. */
export function surrogateNumber(name: string): number {
  return Object.keys(surrogates).indexOf(name);
}

/** The attributes of `lif` in the addon's order. */
export function neuronOf({ tau, v_reset, reset, gradient, surrogate }: Attributes): NativeNeuron {
  return [
    tau as number,
    v_reset as number,
    reset === 'soft',
    gradient === 'sltt',
    surrogateNumber(surrogate as string),
  ];
}

/** Stands where the addon expects a neuron and there is none. */
export const noNeuron: NativeNeuron = [0, 0, false, false, 0];
