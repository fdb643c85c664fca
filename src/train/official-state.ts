import * as tf from '@tensorflow/tfjs';
import { readSafetensors, type SafetensorsEntry } from './safetensors.js';

/** What a state dict is loaded into: a model, or a single block. */
export interface OfficialTarget {
  readonly parameters: Readonly<Record<string, tf.Variable>>;
  readonly buffers: Readonly<Record<string, tf.Variable>>;
}

const NORMS = 'model.norms.';

/**
 * Loads a state dict of the official PyTorch code into a model or block built with the same options: our parameters
 * and buffers have its names and shapes.
 * @param target   a `SpikingSSM`, or a `SpikingBlock` for a state dict of one layer
 * @param state    path of a safetensors file, or its tensors (any number type)
 * @param options  `prefix` of the names, e.g. `param.`; tensors without it are passed over
 * @throws RangeError  listing every tensor that is missing or has the wrong shape; nothing is loaded then
 * @example loadOfficialState(model, 'checkpoint.safetensors')
 */
export function loadOfficialState(
  target: OfficialTarget,
  state: string | ReadonlyMap<string, SafetensorsEntry>,
  { prefix = '' }: { prefix?: string } = {},
): void {
  const tensors = typeof state === 'string' ? readSafetensors(state).tensors : state;
  const trained = Object.keys(target.parameters);
  const variables = { ...target.parameters, ...target.buffers };
  const problems: string[] = [];
  for (const name of trained) if (!tensors.has(prefix + name)) problems.push(`${name} is missing`);
  for (const [name, { shape }] of Object.entries(variables)) {
    const entry = tensors.get(prefix + name);
    if (entry && entry.shape.join() !== shape.join()) {
      problems.push(`${name} is [${entry.shape.join(', ')}], not [${shape.join(', ')}]`);
    }
  }
  // The released code makes norms even where it never applies them (its post-norm recipes).
  const unusedNorms = !trained.some((name) => name.startsWith(NORMS));
  for (const name of tensors.keys()) {
    const ours = name.slice(prefix.length);
    if (!name.startsWith(prefix) || ours in variables || (unusedNorms && ours.startsWith(NORMS))) continue;
    problems.push(`${ours} belongs to nothing in the model`);
  }
  if (problems.length > 0) {
    throw new RangeError(
      `loadOfficialState: the state does not fit the model: ${problems.join('; ')} (build the model with the options ` +
        'that the state was trained with)',
    );
  }
  for (const [name, variable] of Object.entries(variables)) {
    const entry = tensors.get(prefix + name);
    if (!entry) continue; // a buffer of ours that the state does not hold keeps its start
    tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(entry.data, Number), variable.shape)));
  }
}
