import { readSafetensors, type SafetensorsEntry } from '../../files/safetensors.js';
import type { SpikingBlockOptions } from '../../layers/spiking-block.js';
import { lif, type Neuron, sdn } from '../../neurons/index.js';
import * as tf from '../../tf.js';

/** A file of numbers from the official implementation, and what its metadata say. */
export interface GoldenFile {
  path: string;
  metadata: Readonly<Record<string, string>>;
  tensors: ReadonlyMap<string, SafetensorsEntry>;
  values(name: string): Float64Array;
  tensor(name: string, dtype?: 'float32' | 'int32'): tf.Tensor;
  /** Names after `prefix`, of the tensors that begin with it. */
  names(prefix: string): string[];
}

export function readGolden(path: string): GoldenFile {
  const { metadata, tensors } = readSafetensors(path);
  const entry = (name: string): SafetensorsEntry => {
    const found = tensors.get(name);
    if (!found) throw new RangeError(`golden: ${path} holds no tensor ${name}`);
    return found;
  };
  const values = (name: string): Float64Array => Float64Array.from(entry(name).data, Number);
  return {
    path,
    metadata,
    tensors,
    values,
    tensor: (name, dtype = 'float32') =>
      tf.tensor(
        dtype === 'int32' ? Int32Array.from(values(name)) : Float32Array.from(values(name)),
        [...entry(name).shape],
        dtype,
      ),
    names: (prefix) =>
      [...tensors.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
  };
}

/** The options that block and model files have in common. @throws RangeError  for a missing or unknown value */
export function blockOptions(file: GoldenFile): SpikingBlockOptions {
  const flag = (name: string): boolean => file.metadata[name] === 'True';
  return {
    H: numberOf(file, 'H'),
    N: numberOf(file, 'N'),
    bidirectional: flag('bidirectional'),
    trainableB: flag('trainable_B'),
    threshold: flag('shared_vth') ? 'shared' : 'learnable',
    neuron: neuronOf(file),
    v_th: 1,
    init: 's4dLin',
    dt_min: 0.001,
    dt_max: 0.1,
    dropout: 0,
  };
}

export function numberOf({ path, metadata }: GoldenFile, name: string): number {
  const value = Number(metadata[name]);
  if (!Number.isFinite(value))
    throw new RangeError(`golden: ${path} has no number for ${name}, got ${metadata[name]}`);
  return value;
}

/** Networks come with the file's own weights, so the ones that `sdn` begins with are replaced. */
function neuronOf(file: GoldenFile): Neuron {
  const kind = file.metadata.neuron;
  const tau = numberOf(file, 'tau');
  if (kind === 'bptt' || kind === 'sltt') return lif({ tau, gradient: kind });
  if (kind === 'sdn') return sdn();
  throw new RangeError(`golden: ${file.path}: neuron must be bptt, sltt or sdn, got ${kind}`);
}
