import { describe, expect, it } from 'vitest';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { recipes, releasedPostNorm } from '../../src/recipes/index.js';
import { mnist } from '../../src/tasks/mnist.js';
import { runOptions } from '../../src/train/options.js';

const all = Object.entries(recipes).flatMap(([task, scales]) =>
  Object.entries(scales).map(([scale, recipe]) => ({ task, scale, recipe })),
);

describe('recipes', () => {
  it.each(all)('$task $scale builds a model and a run that fit the task', async ({ task, recipe }) => {
    const { training, ...options } = recipe;
    const data = await mnist({ permute: task === 'psmnist' });
    const model = spikingSSM(options);
    expect(data.name).toBe(task);
    expect(model.config.inputs).toEqual(data.input);
    expect(model.config.classes).toBe(data.classes);
    expect(runOptions(data, training).settings.warmup).toBe(training.warmup);
    model.dispose();
  });

  it.each([
    ['smnist', 2, 400],
    ['psmnist', 4, 256],
  ] as const)('%s at paper scale is the table of the paper', (task, layers, H) => {
    expect(recipes[task].paper).toMatchObject({
      layers,
      H,
      N: 64,
      norm: releasedPostNorm,
      bidirectional: false,
      trainableB: false,
      dropout: 0.1,
      training: { batch: 50, learningRate: 0.01, weightDecay: 0.01, steps: 90000, warmup: 1000 },
    });
  });

  it('at paper scale train without a norm, as the released code does', () => {
    const { training: _, ...options } = recipes.smnist.paper;
    const model = spikingSSM(options);
    expect(Object.keys(model.parameters).filter((name) => name.includes('norm'))).toEqual([]);
    model.dispose();
  });
});
