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
 * Short names: the exact neuron, whose gradient is `bptt` unless its name is `sltt`; the surrogate dynamic network, its SDN-S
 * variant, and GELU, which is no neuron and turns the model into plain S4D.
 */
export type NeuronName = 'lif' | 'bptt' | 'sltt' | 'sdn' | 'sdn-spike' | 'gelu';

/**
 * The neuron of each short name: of a stored configuration's `kind` too, so that it is made anew. To add one: a file, and a
 * line here. Which options one has is checked where they are read.
 */
export const neurons: Readonly<Record<NeuronName, (options?: Record<string, never>) => Neuron>> = {
  lif,
  bptt: (options) => lif({ gradient: 'bptt', ...options }),
  sltt: (options) => lif({ gradient: 'sltt', ...options }),
  sdn,
  'sdn-spike': sdnSpike,
  gelu,
};

/** Whether a stored configuration of this kind can be made anew; a neuron of a user's own cannot. */
export function isKnownKind(kind: unknown): boolean {
  return typeof kind === 'string' && Object.hasOwn(neurons, kind);
}

/** The neuron of an option: itself, the one that a short name stands for, or the one of a stored configuration. */
export function neuronOf(where: string, neuron: Neuron | NeuronName | Neuron['config']): Neuron {
  if (typeof neuron === 'string') {
    if (!Object.hasOwn(neurons, neuron)) throw unknownName(where, 'neuron', neuron, Object.keys(neurons));
    return neurons[neuron]();
  }
  if (isNeuron(neuron)) return neuron;
  if (typeof neuron !== 'object' || neuron === null) {
    throw new TypeError(
      `${where}: neuron must be a neuron or one of ${Object.keys(neurons).join(', ')}, got ${neuron}`,
    );
  }
  const { kind, ...options } = neuron;
  if (!isKnownKind(kind)) throw unknownName(where, 'kind of neuron', String(kind), Object.keys(neurons));
  return neurons[kind as NeuronName](options as Record<string, never>);
}

function isNeuron(neuron: Neuron | Neuron['config']): neuron is Neuron {
  return typeof neuron?.build === 'function';
}
