import type { SpikingSSMOptions } from '../layers/config.js';
import { paperModel, RELEASED, type Recipes, smallModel, tinyModel } from './recipe.js';

const data = { classes: 35, bidirectional: true, trainableB: true } satisfies Partial<SpikingSSMOptions>;
const samples = { kind: 'real', size: 1 } as const;
const coefficients = { kind: 'real', size: 20 } as const;

/** Scales below the paper's read cepstral coefficients: 161 steps instead of 16,000. */
export const speechCommands: Recipes = {
  tiny: {
    ...tinyModel,
    ...data,
    inputs: coefficients,
    N: 8,
    task: { features: 'mfcc' },
    training: { batch: 4, learningRate: 0.01, steps: 10, warmup: 2, evaluate: 10, validationExamples: 8 },
    source: 'our own choice',
  },
  small: {
    ...smallModel,
    ...data,
    inputs: coefficients,
    layers: 4,
    N: 16,
    task: { features: 'mfcc' },
    training: {
      batch: 32,
      learningRate: 0.01,
      weightDecay: 0.01,
      epochs: 5,
      warmup: 300,
      evaluate: 1000,
      validationExamples: 1000,
    },
    source: 'our own choice, not tuned',
  },
  paper: {
    ...paperModel,
    ...data,
    inputs: samples,
    layers: 6,
    H: 128,
    N: 16,
    norm: { placement: 'pre', kind: 'batch' },
    dropout: 0,
    // No warm-up is stated.
    training: { batch: 16, learningRate: 0.01, weightDecay: 0.01, steps: 200_000 },
    source: RELEASED,
  },
};
