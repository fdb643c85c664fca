import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SpikingSSMConfig } from '../layers/config.js';
import { type SpikingSSM, spikingSSM } from '../layers/spiking-ssm.js';
import { isKnownKind, type Neuron } from '../neurons/index.js';
import { loadCheckpoint } from './checkpoint.js';
import { RUN_FILES, readConfig, trainedCheckpoint } from './run-folder.js';

/**
 * The model that a run has trained: built from the run's configuration, with the parameters of its best evaluation, or
 * of its last checkpoint where it never evaluated.
 * @param folder  of a run of `train` or `spikingssm train`
 * @param own     the run's neuron, where it is one of your own
 * @throws RangeError  for a folder without a run, without a checkpoint, or of a model that is not a `spikingSSM`, or has a neuron of
 *   its own that is not passed
 * @example
 *   const model = loadRun('runs/smnist-small-seed1');
 *   const report = await evaluate(model, (await tasks.mnist({ permute: false })).test);
 */
export function loadRun(folder: string, own: { neuron?: Neuron } = {}): SpikingSSM {
  const { model: config } = readConfig(join(folder, RUN_FILES.config));
  if (typeof config !== 'object' || config === null || !('neuron' in config)) {
    throw new RangeError(`loadRun: ${folder} does not say how its model is built; use loadCheckpoint`);
  }
  const file = trainedCheckpoint(folder);
  if (!existsSync(file)) throw new RangeError(`loadRun: ${folder} has no checkpoint yet`);
  const { neuron } = config as SpikingSSMConfig;
  let model: SpikingSSM;
  try {
    model = spikingSSM({ ...(config as SpikingSSMConfig), neuron: own.neuron ?? neuron });
  } catch (error) {
    if (own.neuron || isKnownKind(neuron?.kind)) throw error;
    throw new TypeError(
      `${(error as Error).message}; one of your own is passed: loadRun(folder, { neuron })`,
    );
  }
  try {
    loadCheckpoint(file, model);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
