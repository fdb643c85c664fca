import { unknownName } from '../options.js';
import { gelu } from './gelu.js';
import { lif } from './lif.js';
import type { Neuron } from './neuron.js';
import { sdn, sdnSpike } from './sdn.js';

export { gelu } from './gelu.js';
export { lif } from './lif.js';
export type { Neuron, NeuronLayer } from './neuron.js';
export { type SdnOptions, sdn, sdnSpike } from './sdn.js';
export { type Surrogate, type SurrogateName, surrogates } from './surrogate.js';

/**
 * Short names: the exact neuron with either gradient, the surrogate dynamic network, its SDN-S variant, and GELU, which
 * is no neuron and turns the model into plain S4D.
 */
export type NeuronName = 'bptt' | 'sltt' | 'sdn' | 'sdn-spike' | 'gelu';

/** The neuron of each short name, with its defaults. To add one: a file, and a line here. */
export const neurons: Readonly<Record<NeuronName, () => Neuron>> = {
  bptt: () => lif(),
  sltt: () => lif({ gradient: 'sltt' }),
  sdn: () => sdn(),
  'sdn-spike': () => sdnSpike(),
  gelu: () => gelu(),
};

/** The neuron of an option: itself, or the one that a short name stands for. */
export function neuronOf(where: string, neuron: Neuron | NeuronName): Neuron {
  if (typeof neuron !== 'string') return neuron;
  if (!Object.hasOwn(neurons, neuron)) throw unknownName(where, 'neuron', neuron, Object.keys(neurons));
  return neurons[neuron]();
}
