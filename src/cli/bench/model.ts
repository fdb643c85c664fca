import type { Prepared } from '../../analysis/measure.js';
import type { SpikingSSMOptions } from '../../layers/config.js';
import { spikingSSM } from '../../layers/spiking-ssm.js';
import type { NeuronName } from '../../neurons/index.js';
import { withDefaults } from '../../options.js';
import { random } from '../../random.js';
import { recipes } from '../../recipes/index.js';
import * as tf from '../../tf.js';
import { adamW } from '../../train/optimizer.js';
import { trainStep } from '../../train/step.js';
import type { Pass } from './cases.js';

/** Sizes of a whole model and its sequences. */
export interface ModelSizes {
  batch: number;
  length: number;
  layers: number;
  width: number;
  state: number;
}

export interface ModelCase extends ModelSizes {
  recipe: RecipeName;
  neuron: NeuronName;
  pass: Pass;
}

export type RecipeName = 'smnist' | 'psmnist' | 'listops';

/** Sizes by recipe. ListOps: 6 x 256 x 4, bidirectional, B trained, mean over time, 18 tokens, at most 2,048 of them. */
const RECIPES: Readonly<Record<RecipeName, { options: SpikingSSMOptions; batch: number; length: number }>> = {
  smnist: { options: recipes.smnist.paper, batch: 50, length: 784 },
  psmnist: { options: recipes.psmnist.paper, batch: 50, length: 784 },
  listops: {
    options: {
      inputs: { kind: 'tokens', size: 18 },
      classes: 10,
      layers: 6,
      H: 256,
      N: 4,
      bidirectional: true,
      trainableB: true,
      threshold: 'learnable',
      neuron: 'sdn',
      norm: 'none',
    },
    batch: 32,
    length: 2048,
  },
};

export const recipeNames: readonly RecipeName[] = Object.keys(RECIPES) as RecipeName[];

/** The model of a recipe with its own sizes where none are given. */
export function modelSizes(recipe: RecipeName, given: Partial<ModelSizes>): ModelSizes {
  const { options, batch, length } = RECIPES[recipe];
  const { layers = 2, H = 64, N = 16 } = options;
  return withDefaults('bench', given, { batch, length, layers, width: H, state: N });
}

/** What the peer has to know to build the same model. */
export function peerModel(options: ModelCase): Record<string, unknown> {
  const {
    inputs,
    classes,
    bidirectional = false,
    trainableB = false,
    dropout = 0,
  } = RECIPES[options.recipe].options;
  const { kind = 'real', size = 1 } = inputs ?? {};
  return { ...options, tokens: kind === 'tokens', size, classes, bidirectional, trainableB, dropout };
}

/**
 * One whole training step on made-up examples, as `train` does it: checks, forward, cross-entropy, backward, AdamW over
 * all parameters. The learning rate is 0, so that every run does the same work.
 */
export function modelCase(options: ModelCase): Prepared {
  const { recipe, batch, length, layers, width: H, state: N, neuron, pass } = options;
  const model = spikingSSM({ ...RECIPES[recipe].options, layers, H, N, neuron, seed: 1 });
  const { inputs, classes } = model.config;
  const source = random(1);
  const count = batch * length * (inputs.kind === 'tokens' ? 1 : inputs.size);
  const x =
    inputs.kind === 'tokens'
      ? tf.tensor2d(
          Int32Array.from({ length: count }, () => Math.floor(source.uniform() * inputs.size)),
          [batch, length],
          'int32',
        )
      : tf.tensor3d(
          Float32Array.from({ length: count }, () => source.uniform()),
          [batch, length, inputs.size],
        );
  const y = tf.tensor1d(
    Int32Array.from({ length: batch }, () => Math.floor(source.uniform() * classes)),
    'int32',
  );
  const optimizer = adamW(model);
  let step = 0;
  return {
    run: () => {
      if (pass === 'forward') tf.tidy(() => void model.apply(x));
      else trainStep(model, { x, y }, optimizer, 0, source, ++step);
    },
    dispose: () => {
      tf.dispose([x, y]);
      optimizer.dispose();
      model.dispose();
    },
  };
}
