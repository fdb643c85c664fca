import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unknownName } from '../../options.js';
import { ownRecipe, type RecipeName, recipes, recipeTasks, type Scale } from '../../recipes/index.js';
import { fromPath } from '../../tasks/own/from-path.js';
import type { Task } from '../../tasks/task.js';
import { RUN_FILES, readConfig } from '../../train/run-folder.js';
import { type Settings, settingsOf } from './settings.js';

interface Flags {
  scale: Scale;
  set: readonly string[];
  label?: string;
  folder: string;
  resume?: boolean;
}

/** What is trained: the settings at once, the data when they are asked for. */
export interface TrainingData {
  settings(task: Task): Settings;
  task(): Promise<Task>;
}

const SCALES = ['tiny', 'small', 'paper'] as const satisfies readonly Scale[];

/**
 * The data and hyper-parameters that a name stands for: those of a recipe, or of a file or folder of the user's own.
 * @throws TypeError, RangeError  for a name that is neither
 */
export function trainingData(name: string, flags: Flags): TrainingData {
  const { scale, set, label } = flags;
  if (!SCALES.includes(scale)) throw unknownName('train', 'scale', scale, SCALES);
  if (Object.hasOwn(recipes, name)) {
    if (label !== undefined) {
      throw new TypeError(
        `train: --label is for data of your own, ${name} is a recipe (for a file of that name write ./${name})`,
      );
    }
    const settings = settingsOf(recipes[name as RecipeName][scale], set);
    return { settings: () => settings, task: () => recipeTasks[name as RecipeName](settings.task) };
  }
  const path = ownPath(name, flags);
  // The recipe is made by the data; what is set of them is known before, and what is set of the model only fits with it.
  const ofData = set.filter((pair) => pair.trim().startsWith('task.'));
  const { task } = settingsOf({ classes: 1, training: {}, source: '' }, ofData);
  return {
    settings: (data) => settingsOf(ownRecipe(data, scale), set),
    task: () => fromPath(path, { ...task, ...(label !== undefined && { label }) }),
  };
}

/** The file or folder; of a run that goes on, wherever the command is given, the one that it was begun with. */
function ownPath(name: string, { folder, resume }: Flags): string {
  if (existsSync(name)) {
    if (existsSync(join(name, RUN_FILES.config))) {
      throw new TypeError(
        `train: ${name} holds a run, not data (to go on with it: spikingssm train DATA --folder ${name} --resume)`,
      );
    }
    return name;
  }
  const config = join(folder, RUN_FILES.config);
  const source = resume && existsSync(config) ? readConfig(config).task.source : undefined;
  if (source && basename(source) === basename(name) && existsSync(source)) return source;
  if (/[./\\]/.test(name))
    throw new RangeError(
      `train: ${name} is not there (a file or folder of yours, or a recipe: ${Object.keys(recipes).join(', ')})`,
    );
  throw unknownName('train', 'task', name, Object.keys(recipes));
}
