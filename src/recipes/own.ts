import type { SpikingSSMOptions } from '../layers/config.js';
import type { Task } from '../tasks/task.js';
import { paperModel, type Recipe, type Scale, smallModel, tinyModel } from './recipe.js';

/** How long each scale trains: examples a step, passes over the training set, and the fewest and most steps. */
const LENGTHS: Readonly<Record<Scale, { batch: number; epochs: number; least: number; most: number }>> = {
  tiny: { batch: 8, epochs: 10, least: 400, most: 1200 },
  small: { batch: 32, epochs: 20, least: 600, most: 6000 },
  paper: { batch: 50, epochs: 100, least: 2000, most: 90_000 },
};

/** Sizes of the paper's model for data of a few channels. */
const MODELS: Readonly<Record<Scale, Partial<SpikingSSMOptions>>> = {
  tiny: tinyModel,
  small: smallModel,
  paper: { ...paperModel, layers: 4, H: 128, N: 64, norm: { placement: 'pre', kind: 'batch' }, dropout: 0.1 },
};

const LEARNING_RATES: Readonly<Record<Scale, number>> = { tiny: 0.02, small: 0.01, paper: 0.01 };
/** That of WikiText's recipes. */
const LANGUAGE_RATE = 0.005;

/**
 * A recipe for data of one's own, by their kind and size: small sets are gone through more often, up to a number of steps, and
 * a text is read by a language model. A place to begin, tuned to nothing.
 * @example
 *   const task = await tasks.fromPath('beats.csv', { label: 'class' });
 *   const recipe = ownRecipe(task, 'small');
 *   await train(spikingSSM({ ...recipe, seed: 1 }), task, recipe.training);
 */
export function ownRecipe({ input, classes, train, validation }: Task, scale: Scale): Recipe {
  const { batch: most, epochs, least, most: longest } = LENGTHS[scale];
  const batch = Math.min(most, train.size);
  const passes = epochs * Math.ceil(train.size / batch);
  const steps = Math.min(longest, Math.max(least, passes));
  return {
    inputs: input,
    classes,
    ...MODELS[scale],
    ...(isLanguage(input, classes) && language),
    training: {
      batch,
      steps,
      learningRate: isLanguage(input, classes) ? LANGUAGE_RATE : LEARNING_RATES[scale],
      weightDecay: 0.01,
      warmup: Math.ceil(steps / 20),
      ...(validation.size === 0
        ? { evaluate: false as const }
        : { evaluate: Math.ceil(steps / 10), validationExamples: Math.min(1000, validation.size) }),
    },
    source: 'our own choice for data of any kind, not tuned',
  };
}

/** Nothing may look ahead, and the head is the table of tokens. */
const language = {
  pool: 'none',
  tied: true,
  norm: { placement: 'pre', kind: 'layer' },
} satisfies Partial<SpikingSSMOptions>;

/** Whether every step says which token comes next. */
function isLanguage({ kind, size }: Task['input'], classes: number): boolean {
  return kind === 'tokens' && size === classes;
}
