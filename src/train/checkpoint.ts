import {
  readSafetensors,
  type Safetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from '../files/safetensors.js';
import type { Model } from '../layers/model.js';
import type { Batch } from '../tasks/task.js';
import type * as tf from '../tf.js';
import { checkCount } from './check.js';
import { dtypes, fillModel, type LoadOptions, type SavedModel, variablesOf } from './fill-model.js';
import type { OptimizerState } from './optimizer.js';
import { type TrainedOn, trainedOn } from './trained-on.js';

/** What may be saved beside the model, so that training can go on. */
export interface CheckpointExtra {
  optimizer?: OptimizerState;
  /** `Random.state()` of each generator, by a name of the caller's choice. */
  random?: Readonly<Record<string, readonly number[]>>;
  /** A batch to keep beside them, e.g. the one that a step failed on (tensors `batch.x`, `batch.y`, `batch.lengths`). */
  batch?: Batch;
  /** More text to keep. The names `config`, `task`, `optimizer` and `random` are taken. */
  metadata?: Record<string, string>;
}

export interface Checkpoint extends SavedModel, Omit<CheckpointExtra, 'batch'> {
  /** The kept batch's tensors by their names after `batch.`; empty where there is none. */
  batch: Map<string, SafetensorsEntry>;
  metadata: Record<string, string>;
}

const reserved = ['config', 'task', 'optimizer', 'random'];
const slots = ['m', 'v'] as const;

/**
 * Saves a model's parameters and buffers under their official names as a safetensors file, and as JSON in the metadata its
 * `config`, if it has one, and what it was trained on (`trainedOn`), so that the file alone can be used on raw inputs
 * (`loadModel`, `predict`). The file is written whole or not at all.
 * @param extra  optimiser state (tensors `optimizer.m.NAME`, `optimizer.v.NAME`), random state, metadata
 */
export function saveCheckpoint(
  path: string,
  model: Model & { readonly config?: unknown },
  extra: CheckpointExtra = {},
): void {
  const { optimizer, random, batch } = extra;
  const metadata: Record<string, string> = { ...extra.metadata };
  const taken = reserved.find((name) => name in metadata);
  if (taken) throw new TypeError(`saveCheckpoint: the metadata name "${taken}" is taken (choose another)`);
  if (model.config !== undefined) metadata.config = JSON.stringify(model.config);
  const task = trainedOn(model);
  if (task) metadata.task = JSON.stringify(task);
  if (random) metadata.random = JSON.stringify(random);
  const variables = variablesOf(model);
  const kept: Record<string, tf.Tensor> = batch ? { 'batch.x': batch.x, 'batch.y': batch.y } : {};
  const tensors: [string, SafetensorsEntry][] = Object.entries({ ...variables, ...kept }).map(
    ([name, tensor]) => [name, entryOf(name, tensor)],
  );
  if (batch?.lengths) {
    const { lengths } = batch;
    tensors.push(['batch.lengths', { dtype: 'I32', shape: [lengths.length], data: lengths }]);
  }
  if (optimizer) {
    metadata.optimizer = JSON.stringify({ step: optimizer.step });
    for (const slot of slots) {
      for (const [name, data] of Object.entries(optimizer[slot])) {
        if (!variables[name])
          throw new TypeError(`saveCheckpoint: the optimiser's "${name}" is not in the model`);
        tensors.push([`optimizer.${slot}.${name}`, { dtype: 'F32', shape: variables[name].shape, data }]);
      }
    }
  }
  writeSafetensors(path, tensors, metadata);
}

/** Reads a checkpoint without a model, e.g. to build the model from its `config` first. */
export function readCheckpoint(path: string): Checkpoint {
  const { metadata: all, tensors }: Safetensors = readSafetensors(path);
  const optimizer = parse(path, all, 'optimizer') as { step: number } | undefined;
  if (optimizer) checkCount(`readCheckpoint: ${path}`, 'optimizer.step', optimizer.step, 0);
  const state: OptimizerState | undefined = optimizer && { step: optimizer.step, m: {}, v: {} };
  const batch = new Map<string, SafetensorsEntry>();
  for (const [name, entry] of tensors) {
    if (!/^batch\.(x|y|lengths)$/.test(name)) continue;
    batch.set(name.slice('batch.'.length), entry);
    tensors.delete(name);
  }
  for (const [name, { data }] of state ? [...tensors] : []) {
    const [, slot, parameter] = name.match(/^optimizer\.([mv])\.(.*)$/s) ?? [];
    if (!slot || !state) continue;
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`readCheckpoint: ${path}, tensor "${name}": must be F32`);
    }
    state[slot as 'm' | 'v'][parameter] = data;
    tensors.delete(name);
  }
  return {
    config: parse(path, all, 'config'),
    task: parse(path, all, 'task') as TrainedOn | undefined,
    optimizer: state,
    random: parse(path, all, 'random') as Record<string, number[]> | undefined,
    metadata: Object.fromEntries(Object.entries(all).filter(([name]) => !reserved.includes(name))),
    batch,
    tensors,
  };
}

/**
 * Loads a checkpoint into a model of the same shape and, as far as outputs depend on it, the same `config` (that in the file,
 * or in the `config.json` of a run beside it): the kind of neuron, its tau and reset, threshold, norm, pooling, inputs and
 * directions. What decides gradients alone (surrogate, dropout) may differ. All is checked before the first change, so a
 * failed load leaves the model as it was. Float64 values are rounded to float32.
 * @returns what else the file holds: optimiser state for `Optimizer.restore`, random state, metadata, config
 * @throws RangeError  listing every difference, and every missing, unexpected or wrongly shaped tensor
 */
export function loadCheckpoint(
  path: string,
  model: Model & { readonly config?: unknown },
  options: LoadOptions = {},
): Checkpoint {
  const checkpoint = readCheckpoint(path);
  fillModel('loadCheckpoint', path, checkpoint, model, options);
  return checkpoint;
}

function entryOf(name: string, tensor: tf.Tensor): SafetensorsEntry {
  const dtype = dtypes[tensor.dtype];
  if (!dtype)
    throw new TypeError(`saveCheckpoint: ${name} has dtype ${tensor.dtype}, which has no form in a file`);
  return { dtype, shape: tensor.shape, data: tensor.dataSync() as SafetensorsEntry['data'] };
}

function parse(path: string, metadata: Record<string, string>, name: string): unknown {
  if (!Object.hasOwn(metadata, name)) return undefined;
  try {
    return JSON.parse(metadata[name]);
  } catch (error) {
    throw new RangeError(
      `readCheckpoint: ${path}: metadata "${name}" is not JSON (${(error as Error).message})`,
    );
  }
}
