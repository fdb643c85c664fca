import { readSafetensors, type SafetensorsEntry } from '../files/safetensors.js';
import { writeTorch } from '../files/torch/save.js';
import { inShort, withDefaults } from '../options.js';
import * as tf from '../tf.js';

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
 * @param options  `prefix` of the names, e.g. `param.`; tensors without it are passed over. Default: what all names have in
 *   front, such as `module.` (DataParallel) or `_orig_mod.` (torch.compile)
 * @throws RangeError  listing every tensor that is missing or has the wrong shape; nothing is loaded then
 * @example loadOfficialState(model, 'checkpoint.safetensors')
 */
export function loadOfficialState(
  target: OfficialTarget,
  state: string | ReadonlyMap<string, SafetensorsEntry>,
  options: { prefix?: string } = {},
): void {
  const tensors = typeof state === 'string' ? readSafetensors(state).tensors : state;
  const variables = { ...target.parameters, ...target.buffers };
  const given = withDefaults<{ prefix?: string }>('loadOfficialState', options, { prefix: undefined });
  const prefix = given.prefix ?? wrapperOf(Object.keys(target.parameters), [...tensors.keys()]);
  const problems = [
    ...Object.entries(variables).flatMap(([name, { shape }]) => {
      const entry = tensors.get(prefix + name);
      // A threshold that is not trained is a number of ours; the official code has none then.
      if (!entry) return name.endsWith('ln_vth') && name in target.buffers ? [] : [`${name} is missing`];
      if (entry.shape.join() === shape.join()) return [];
      return [`${name} is [${entry.shape.join(', ')}], not [${shape.join(', ')}]`];
    }),
    ...[...tensors.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((name) => !(name in variables || isUnused(name, target)))
      .map((name) => `${name} belongs to nothing in the model`),
  ];
  if (problems.length > 0) {
    throw new RangeError(
      `loadOfficialState: the state does not fit the model: ${inShort(problems)} (build the model with the options that the ` +
        `state was trained with${prefixHint(Object.keys(variables), [...tensors.keys()], prefix)})`,
    );
  }
  for (const [name, variable] of Object.entries(variables)) {
    const entry = tensors.get(prefix + name);
    if (!entry) continue;
    tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(entry.data, Number), variable.shape)));
  }
}

/** What wrappers put in front of every name of a state dict: '' where they begin as the model's. */
function wrapperOf(parameters: readonly string[], names: readonly string[]): string {
  const [first] = parameters;
  const fronts = new Set(
    names.filter((name) => name.endsWith(first)).map((name) => name.slice(0, name.length - first.length)),
  );
  const all = [...fronts].filter((front) => names.every((name) => name.startsWith(front)));
  return all.length === 1 && (all[0] === '' || all[0].endsWith('.')) ? all[0] : '';
}

/** What to pass where the names have something else in front. */
function prefixHint(wanted: readonly string[], names: readonly string[], used: string): string {
  const fronts = new Map<string, number>();
  for (const name of names) {
    const own = wanted.find((one) => name.endsWith(one));
    if (own === undefined) continue;
    const front = name.slice(0, name.length - own.length);
    fronts.set(front, (fronts.get(front) ?? 0) + 1);
  }
  const [best] = [...fronts].sort(([, a], [, b]) => b - a);
  return best === undefined || best[0] === used
    ? ''
    : `; for names that begin with "${best[0]}" pass prefix: '${best[0]}'`;
}

/**
 * A model's parameters and buffers as the official code's state dict: with batch norm's count of batches, and without a
 * threshold that is not trained and stands at 1, which the official code has no tensor for.
 */
export function officialState({ parameters, buffers }: OfficialTarget): Map<string, SafetensorsEntry> {
  const state = new Map<string, SafetensorsEntry>();
  for (const [name, variable] of Object.entries({ ...parameters, ...buffers })) {
    const data = Float32Array.from(variable.dataSync());
    if (name in buffers && name.endsWith('ln_vth') && data.every((value) => value === 0)) continue;
    state.set(name, { dtype: 'F32', shape: [...variable.shape], data });
    if (!name.endsWith('.running_var')) continue;
    const count = name.replace(/running_var$/, 'num_batches_tracked');
    state.set(count, { dtype: 'I64', shape: [], data: BigInt64Array.of(0n) });
  }
  return state;
}

/**
 * Writes a model's state dict for PyTorch: `model.load_state_dict(torch.load(path, weights_only=True))` in a model of the
 * official code built with the same options. The file is written whole or not at all.
 * @param state  a model or block, or tensors by name
 * @throws TypeError, RangeError  for a tensor that has no form in PyTorch, naming it
 * @example saveTorch('model.pt', model);
 */
export function saveTorch(path: string, state: OfficialTarget | ReadonlyMap<string, SafetensorsEntry>): void {
  writeTorch(path, state instanceof Map ? state : officialState(state as OfficialTarget));
}

/**
 * The official code makes norms even where it never applies them (its post-norm recipes), and PyTorch's batch norm
 * counts its batches, for which a fixed momentum has no use.
 */
function isUnused(name: string, { parameters }: OfficialTarget): boolean {
  const hasNorms = Object.keys(parameters).some((ours) => ours.startsWith(NORMS));
  return name.startsWith(NORMS) && (!hasNorms || name.endsWith('.num_batches_tracked'));
}
