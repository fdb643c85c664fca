import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SafetensorsDtype, SafetensorsEntry } from '../files/safetensors.js';
import type { Model } from '../layers/model.js';
import { inShort, withDefaults } from '../options.js';
import * as tf from '../tf.js';
import { modelDifferences } from './model-differences.js';
import { noteTrainedOn, type TrainedOn } from './trained-on.js';

/** What a file holds of a model. */
export interface SavedModel {
  /** Its `config`, undefined where it had none. */
  config: unknown;
  /** What it was trained on, undefined where that was not known. */
  task?: TrainedOn;
  /** Its tensors by official name. */
  tensors: Map<string, SafetensorsEntry>;
}

/** What each type of a variable is called in a file. */
export const dtypes: Partial<Record<tf.DataType, SafetensorsDtype>> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
};

export interface LoadOptions {
  /**
   * Loads parameters on purpose into a model that is another in what decides outputs, such as those trained with LIF into
   * one with its surrogate network, whose weights then stay the model's. Default false.
   */
  transfer?: boolean;
}

/** Loads a saved model that is read already. @throws as `loadCheckpoint` */
export function fillModel(
  where: string,
  path: string,
  saved: SavedModel,
  model: Model & { readonly config?: unknown },
  options: LoadOptions = {},
): void {
  const { transfer } = withDefaults(where, options, { transfer: false });
  const beside = configBeside(path);
  const others = transfer ? [] : modelDifferences(saved.config ?? beside?.model, model.config);
  const faults = tensorFaults(saved, model, transfer);
  if (others.length + faults.length > 0) {
    const onPurpose = faults.length === 0 ? '; transfer: true loads it all the same' : '';
    const remedy = others.length > 0 ? ` (loadModel makes the model that the file is of${onPurpose})` : '';
    throw new RangeError(
      `${where}: ${path} does not fit the model: ${inShort([...others, ...faults])}${remedy}`,
    );
  }
  for (const [name, variable] of Object.entries(variablesOf(model))) {
    const entry = saved.tensors.get(name);
    // Those of a neuron's own that a transfer leaves as they are.
    if (!entry) continue;
    const values =
      variable.dtype === 'float32'
        ? Float32Array.from(entry.data as Float32Array)
        : (entry.data as Int32Array);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, variable.dtype)));
  }
  noteTrainedOn(model, saved.task ?? beside?.task);
}

/** Every tensor that is missing, of another shape or type, or nothing's. */
function tensorFaults({ tensors }: SavedModel, model: Model, transfer: boolean): string[] {
  const variables = variablesOf(model);
  const faults: string[] = [];
  const isNeuronsOwn = (name: string): boolean => transfer && name.includes('.neuron.');
  for (const [name, { shape, dtype }] of Object.entries(variables)) {
    const entry = tensors.get(name);
    if (!entry) {
      if (!(isNeuronsOwn(name) && name in model.buffers)) faults.push(`missing ${name} [${shape}]`);
    } else if (`${entry.shape}` !== `${shape}`)
      faults.push(`${name} must be [${shape}], got [${entry.shape}]`);
    else if (entry.dtype !== dtypes[dtype] && !(dtype === 'float32' && entry.dtype === 'F64')) {
      faults.push(`${name} must be ${dtypes[dtype]}, got ${entry.dtype}`);
    }
  }
  for (const [name, { shape }] of tensors) {
    if (!Object.hasOwn(variables, name) && !isNeuronsOwn(name)) faults.push(`unexpected ${name} [${shape}]`);
  }
  return faults;
}

export function variablesOf(model: Model): Record<string, tf.Variable> {
  return { ...model.parameters, ...model.buffers };
}

/** What the `config.json` of a run says that a saved lies beside; undefined where there is none. */
function configBeside(path: string): { model?: unknown; task?: TrainedOn } | undefined {
  const file = join(dirname(path), 'config.json');
  if (!existsSync(file)) return undefined;
  try {
    const { model, task, training } = JSON.parse(readFileSync(file, 'utf8'));
    return training === undefined ? undefined : { model, task };
  } catch {
    return undefined;
  }
}
