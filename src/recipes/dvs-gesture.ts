import type { SpikingSSMOptions } from '../layers/config.js';
import { paperModel, RELEASED, type Recipes, releasedPostNorm, smallModel, tinyModel } from './recipe.js';

const data = {
  inputs: { kind: 'real', size: 512 },
  classes: 11,
  bidirectional: true,
  trainableB: true,
} satisfies Partial<SpikingSSMOptions>;

export const dvsGesture: Recipes = {
  tiny: {
    ...tinyModel,
    ...data,
    N: 8,
    training: { batch: 4, learningRate: 0.01, steps: 10, warmup: 2, evaluate: 10, validationExamples: 8 },
    source: 'our own choice',
  },
  small: {
    ...smallModel,
    ...data,
    layers: 4,
    N: 16,
    training: { batch: 16, learningRate: 0.005, weightDecay: 0.05, epochs: 30, warmup: 100 },
    source: 'our own choice, not tuned',
  },
  paper: {
    ...paperModel,
    ...data,
    layers: 6,
    H: 512,
    N: 16,
    norm: releasedPostNorm,
    dropout: 0.1,
    training: { batch: 32, learningRate: 0.005, weightDecay: 0.05, steps: 180_000, warmup: 900 },
    source: `${RELEASED}; how events become steps is our own choice`,
  },
};
