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

/** What `config.kind` of a neuron stands for, so that a stored configuration makes it anew. */
const kinds: Readonly<Record<string, (options: Record<string, never>) => Neuron>> = {
  lif,
  sdn,
  'sdn-spike': sdnSpike,
  gelu,
};

/** Whether a stored configuration of this kind can be made anew; a neuron of a user's own cannot. */
export function isKnownKind(kind: unknown): boolean {
  return typeof kind === 'string' && Object.hasOwn(kinds, kind);
}

/** The neuron of an option: itself, the one that a short name stands for, or the one of a stored configuration. */
export function neuronOf(where: string, neuron: Neuron | NeuronName | Neuron['config']): Neuron {
  if (typeof neuron === 'string') {
    if (!Object.hasOwn(neurons, neuron)) throw unknownName(where, 'neuron', neuron, Object.keys(neurons));
    return neurons[neuron]();
  }
  if (isNeuron(neuron)) return neuron;
  const { kind, ...options } = neuron;
  if (!Object.hasOwn(kinds, kind)) {
    throw unknownName(where, 'kind of neuron', String(kind), Object.keys(kinds));
  }
  return kinds[kind](options as Record<string, never>);
}

function isNeuron(neuron: Neuron | Neuron['config']): neuron is Neuron {
  return typeof neuron.build === 'function';
}
