import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SpikingSSMConfig } from '../layers/config.js';
import { type SpikingSSM, spikingSSM } from '../layers/spiking-ssm.js';
import { isKnownKind, type Neuron } from '../neurons/index.js';
import { withDefaults } from '../options.js';
import { readCheckpoint } from './checkpoint.js';
import { fillModel, type LoadOptions, type SavedModel } from './fill-model.js';
import { modelDifferences } from './model-differences.js';
import { RUN_FILES, readConfig, trainedCheckpoint } from './run-folder.js';

export interface LoadModelOptions extends LoadOptions {
  /** The model's neuron, where it is one of your own: it must have the `config` that the model was trained with. */
  neuron?: Neuron;
}

/**
 * The model of a checkpoint file or of a run's folder, by that alone: built from the configuration in it, with its parameters.
 * It knows what it was trained on, so that `predict` takes raw inputs.
 * @param path  a checkpoint of `train` or `saveCheckpoint`, or a run's folder, of which it is as `loadRun` gives it
 * @throws RangeError  for a file that does not say how its model is built, or a neuron that is another than the model's
 * @throws TypeError   for a model with a neuron of its own that is not passed
 * @example
 *   const model = loadModel('runs/beats/best.safetensors');
 *   predict(model, rows);
 */
export function loadModel(path: string, options: LoadModelOptions = {}): SpikingSSM {
  if (!existsSync(path)) {
    throw new RangeError(`loadModel: ${path} is not there (pass a checkpoint file or the folder of a run)`);
  }
  if (statSync(path).isDirectory()) return loadRun(path, options);
  const saved = readCheckpoint(path);
  return modelOf('loadModel', path, path, saved.config, saved, options);
}

/**
 * The model that a run has trained: built from the run's configuration, with the parameters of its best evaluation, or
 * of its last checkpoint where it never evaluated.
 * @param folder  of a run of `train` or `spikingssm train`
 * @throws RangeError  for a folder without a run, without a checkpoint, or of a model that is not a `spikingSSM`, or a
 *   neuron that is another than the run's
 * @throws TypeError   for a run with a neuron of its own that is not passed
 * @example
 *   const model = loadRun('runs/smnist-small-seed1');
 *   const report = await evaluate(model, (await tasks.mnist({ permute: false })).test);
 */
export function loadRun(folder: string, options: LoadModelOptions = {}): SpikingSSM {
  const { model: config } = readConfig(join(folder, RUN_FILES.config));
  checkConfig('loadRun', folder, config);
  const file = trainedCheckpoint(folder);
  if (!existsSync(file)) throw new RangeError(`loadRun: ${folder} has no checkpoint yet`);
  return modelOf('loadRun', folder, file, config, readCheckpoint(file), options);
}

/** @throws RangeError  unless it is the configuration of a `spikingSSM` */
function checkConfig(where: string, path: string, config: unknown): asserts config is SpikingSSMConfig {
  if (typeof config === 'object' && config !== null && 'neuron' in config && 'classes' in config) return;
  throw new RangeError(
    `${where}: ${path} does not say how its model is built; use loadCheckpoint (loadOfficialState for the official code's) ` +
      'with a model that you build yourself',
  );
}

/** Builds the model and fills it. @param given  what the caller passed, for messages */
function modelOf(
  where: string,
  given: string,
  file: string,
  config: unknown,
  saved: SavedModel,
  options: LoadModelOptions,
): SpikingSSM {
  const { neuron: own, transfer } = withDefaults<LoadModelOptions>(where, options, {
    neuron: undefined,
    transfer: false,
  });
  checkConfig(where, given, config);
  const others = own && !transfer ? modelDifferences({ neuron: config.neuron }, { neuron: own.config }) : [];
  if (others.length > 0) {
    throw new RangeError(
      `${where}: ${given} was trained with another neuron: ${others.join('; ').replaceAll('in the model', 'in the one given')} ` +
        '(pass the one it was trained with; transfer: true takes another all the same)',
    );
  }
  let model: SpikingSSM;
  try {
    model = spikingSSM({ ...config, neuron: own ?? config.neuron });
  } catch (error) {
    const { kind, weights } = config.neuron ?? {};
    if (!own && isKnownKind(kind) && typeof weights === 'string' && weights !== '' && !existsSync(weights)) {
      throw new RangeError(
        `${where}: ${given} was trained with the network in ${weights}, which is not there (pass ${where}(path, { neuron: ` +
          `${kind === 'sdn' ? 'sdn' : 'sdnSpike'}({ tau: ${config.neuron.tau}, weights: 'where it is now' }) }))`,
      );
    }
    if (own || isKnownKind(kind)) throw error;
    throw new TypeError(`${(error as Error).message}; one of your own is passed: ${where}(path, { neuron })`);
  }
  try {
    fillModel(where, file, saved, model, { transfer });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
