import type { SpikingSSMOptions } from '../layers/config.js';
import { paperModel, RELEASED, type Recipe, type Recipes, smallModel, tinyModel } from './recipe.js';

/** Every step says what comes next, so nothing may look ahead; the head is the table of tokens. */
const language = {
  bidirectional: false,
  trainableB: false,
  pool: 'none',
  norm: { placement: 'pre', kind: 'layer' },
  tied: true,
} satisfies Partial<SpikingSSMOptions>;

function tokens(size: number): Pick<SpikingSSMOptions, 'inputs' | 'classes'> {
  return { inputs: { kind: 'tokens', size }, classes: size };
}

function tiny(size: number, task: Recipe['task']): Recipe {
  return {
    ...tokens(size),
    ...tinyModel,
    ...language,
    N: 8,
    task: { ...task, length: 64 },
    training: { batch: 2, learningRate: 0.005, steps: 10, warmup: 2, evaluate: 10, validationExamples: 4 },
    source: 'our own choice',
  };
}

/** The paper's language model, but for the parts of its vocabulary. */
const paper = {
  ...paperModel,
  ...language,
  layers: 16,
  H: 1024,
  N: 64,
  dropout: 0.1,
  training: { batch: 1, learningRate: 0.0005, weightDecay: 0.1, steps: 800_000, warmup: 1_000 },
  source: RELEASED,
} satisfies Partial<Recipe>;

const WORDS_2 = 33_278;
export const wikitext2: Recipes = {
  tiny: tiny(WORDS_2, { version: 2 }),
  small: {
    ...tokens(WORDS_2),
    ...smallModel,
    ...language,
    adaptive: { cutoffs: [4000, 16_000], divide: 4 },
    layers: 2,
    H: 128,
    N: 16,
    task: { version: 2, length: 256 },
    training: {
      batch: 8,
      learningRate: 0.005,
      weightDecay: 0.01,
      epochs: 2,
      warmup: 200,
      evaluate: 500,
      validationExamples: 100,
    },
    source:
      'our own choice: most of a step is the 33,278 words of its head, so twice through the text; not tuned',
  },
  paper: {
    ...paper,
    ...tokens(WORDS_2),
    task: { version: 2, length: 8192 },
    source: 'the model of WikiText-103 with a plain head; the paper does not have it',
  },
};

const CHARACTERS = 284;
const characters = { version: 2, unit: 'characters' };
export const wikitext2Characters: Recipes = {
  tiny: tiny(CHARACTERS, characters),
  small: {
    ...tokens(CHARACTERS),
    ...smallModel,
    ...language,
    layers: 4,
    H: 128,
    N: 16,
    task: { ...characters, length: 512 },
    training: {
      batch: 8,
      learningRate: 0.005,
      weightDecay: 0.01,
      epochs: 6,
      warmup: 200,
      evaluate: 1000,
      validationExamples: 200,
    },
    source: 'our own choice: sized for half an hour on two cores, not tuned',
  },
  paper: {
    ...paper,
    ...tokens(CHARACTERS),
    task: { ...characters, length: 8192 },
    source: 'the model of words on characters, with a plain head; the paper does not have it',
  },
};

const WORDS = 267_735;
const words = { version: 103, unit: 'words' };
const adaptive = { cutoffs: [19_997, 39_997, 199_997], divide: 4 };
export const wikitext103: Recipes = {
  tiny: { ...tiny(WORDS, words), adaptive: { ...adaptive, divide: 2 } },
  small: {
    ...tokens(WORDS),
    ...smallModel,
    ...language,
    adaptive,
    layers: 4,
    N: 16,
    task: { ...words, length: 256 },
    training: {
      batch: 8,
      learningRate: 0.002,
      weightDecay: 0.01,
      steps: 6000,
      warmup: 200,
      evaluate: 500,
      validationExamples: 100,
    },
    source: 'our own choice: by the time of a step, half an hour on two cores; not run on the text itself',
  },
  paper: {
    ...paper,
    ...tokens(WORDS),
    adaptive: { ...adaptive, dropout: 0.25 },
    task: { ...words, length: 8192 },
  },
};
