import type { Model } from '../layers/model.js';
import type { Task } from '../tasks/task.js';

/** What a model has to know of the data that it was trained on, to be used on others. Plain data. */
export type TrainedOn = Pick<
  Task,
  'name' | 'classes' | 'targets' | 'classNames' | 'sampleRate' | 'preparation'
>;

const known = new WeakMap<Model, TrainedOn>();

/**
 * How inputs were prepared for a model and what its classes are called: of a model that `train` has had, or that came
 * from a checkpoint (`loadModel`, `loadRun`, `loadCheckpoint`); undefined where that is not known.
 * @example trainedOn(loadRun('runs/beats'))?.classNames
 */
export function trainedOn(model: Model): TrainedOn | undefined {
  return known.get(model);
}

/** Notes what a model is trained on; undefined where that is no longer known. */
export function noteTrainedOn(model: Model, data: TrainedOn | undefined): void {
  if (!data) known.delete(model);
  else {
    const { name, classes, targets, classNames, sampleRate, preparation } = data;
    known.set(model, { name, classes, targets, classNames, sampleRate, preparation });
  }
}
