import { isKnownKind } from '../neurons/index.js';
import { leaves } from './leaves.js';

/** What decides how a model begins or learns, and nothing of what it says once its parameters are loaded. */
const OF_TRAINING = ['seed', 'dropout', 'init', 'dt_min', 'dt_max', 'v_th', 'adaptive.dropout'];
/** The same of the neurons that come with the package; weights of a network are in the file themselves. */
const OF_NEURONS = ['neuron.gradient', 'neuron.surrogate', 'neuron.weights'];

/**
 * Where the configuration of a saved model differs from another's in what decides outputs: neuron, threshold, norm,
 * pooling, inputs, directions and sizes, and whatever a model or neuron of a user's own has in its `config`. Gradients,
 * dropout and what parameters began with are not compared, nor options that an older file knows nothing of.
 * @param saved  the `config` in the file
 * @returns  e.g. `neuron.tau is 0.5 in the file, 0.25 in the model`
 */
export function modelDifferences(saved: unknown, model: unknown): string[] {
  if (saved === undefined || saved === null || model === undefined || model === null) return [];
  const [theirs, ours] = [leaves(saved), leaves(model)];
  const kinds = [theirs, ours].map((one) => JSON.parse(one.get('neuron.kind') ?? 'null'));
  if (kinds[0] !== kinds[1]) {
    // Their options have nothing to do with each other.
    for (const one of [theirs, ours]) {
      for (const name of one.keys()) if (/^neuron\.(?!kind$)/.test(name)) one.delete(name);
    }
  }
  const known = isKnownKind(kinds[0]);
  if ([theirs, ours].every((one) => one.get('norm.placement') === '"none"')) {
    for (const one of [theirs, ours]) one.delete('norm.kind');
  }
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((name) => !OF_TRAINING.includes(name) && !(known && OF_NEURONS.includes(name)))
    .filter((name) => theirs.has(name) || (!known && name.startsWith('neuron.')))
    .filter((name) => theirs.get(name) !== ours.get(name))
    .map(
      (name) =>
        `${name} is ${theirs.get(name) ?? 'not given'} in the file, ${ours.get(name) ?? 'not given'} in the model`,
    );
}
