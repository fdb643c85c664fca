import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { type RecipeName, recipes, recipeTasks, releasedPostNorm } from '../../src/recipes/index.js';
import type { Task } from '../../src/tasks/task.js';
import { runOptions } from '../../src/train/options.js';

const names = Object.keys(recipes) as RecipeName[];
const all = names.flatMap((task) =>
  Object.entries(recipes[task]).map(([scale, recipe]) => ({ task, scale, recipe })),
);

/** Tasks whose data is neither in a package nor made here, and the folder they need. */
const needs: Partial<Record<RecipeName, string>> = {
  text: 'imdb',
  image: 'cifar10',
  retrieval: 'retrieval',
  'speech-commands': 'speech-commands',
  'dvs-gesture': 'dvs-gesture',
  'wikitext-2': 'wikitext-2',
  'wikitext-2-characters': 'wikitext-2',
  'wikitext-103': 'wikitext-103',
};
/** So that nothing is made that is not looked at. */
const few: Partial<Record<RecipeName, object>> = { listops: { trainExamples: 100 } };

describe('recipes', () => {
  it('have a task each', () => {
    expect(Object.keys(recipeTasks).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s fits its task at every scale', async (name) => {
    const folder = needs[name];
    const root = process.env.SPIKINGSSM_DATA;
    // What the data needs is not here; the models are built below.
    if (folder && !(root && existsSync(join(root, folder)))) return;
    const known = new Map<string, Promise<Task>>();
    for (const { inputs, classes, training, task: options } of Object.values(recipes[name])) {
      const key = JSON.stringify(options ?? {});
      const task = await (known.get(key) ?? recipeTasks[name]({ ...options, ...few[name] }));
      known.set(key, Promise.resolve(task));
      expect(task.name).toBe(name);
      expect(inputs).toEqual(task.input);
      expect(classes).toBe(task.classes);
      if (!few[name]) expect(runOptions(task, training).settings.warmup).toBe(training.warmup);
    }
  });

  it('leave the data to the options that are given', async () => {
    const few = { trainExamples: 20, validationExamples: 4, testExamples: 4 };
    expect((await recipeTasks.smnist({ ...few, permute: true })).name).toBe('psmnist');
  });

  it.each(all)('$task $scale builds a model and says where its numbers come from', ({ recipe }) => {
    const { training, source } = recipe;
    // Everything but the table of a large vocabulary, which takes time.
    const few = recipe.tied ? { inputs: { kind: 'tokens', size: 9 } as const, classes: 9 } : {};
    const adaptive = recipe.adaptive && {
      ...recipe.adaptive,
      cutoffs: recipe.adaptive.cutoffs.map((_, i) => 2 * i + 2),
    };
    const model = spikingSSM({ ...recipe, ...few, adaptive });
    expect(source.length).toBeGreaterThan(10);
    // The default is our own choice; what a recipe's numbers were found with is its own.
    expect(recipe.norm).toBeDefined();
    expect(training.learningRate).toBeGreaterThan(0);
    const { steps, warmup = 0 } = training;
    if (steps !== undefined) expect(warmup).toBeLessThan(steps);
    model.dispose();
  });

  // Layers, H, N; batch, learning rate, weight decay; steps, warm-up: the paper's table.
  it.each([
    ['smnist', [2, 400, 64], [50, 0.01, 0.01], [90_000, 1_000]],
    ['psmnist', [4, 256, 64], [50, 0.01, 0.01], [90_000, 1_000]],
    ['image', [6, 512, 64], [50, 0.01, 0.01], [180_000, 18_000]],
    ['listops', [6, 256, 4], [32, 0.01, 0.01], [120_000, 12_000]],
    ['text', [6, 256, 4], [16, 0.01, 0.05], [50_000, 5_000]],
    ['retrieval', [6, 256, 64], [64, 0.01, 0.01], [50_000, 5_000]],
    ['pathfinder', [6, 256, 64], [64, 0.004, 0.01], [500_000, 50_000]],
    ['pathx', [6, 256, 64], [16, 0.001, 0.01], [500_000, 50_000]],
    ['speech-commands', [6, 128, 16], [16, 0.01, 0.01], [200_000, undefined]],
    ['dvs-gesture', [6, 512, 16], [32, 0.005, 0.05], [180_000, 900]],
    ['wikitext-103', [16, 1024, 64], [1, 0.0005, 0.1], [800_000, 1_000]],
  ] as const)('%s at paper scale is the table of the paper', (name, model, training, length) => {
    const { layers, H, N, neuron, threshold, ...rest } = recipes[name].paper;
    expect([layers, H, N, neuron, threshold]).toEqual([...model, 'sdn', 'learnable']);
    const { batch, learningRate, weightDecay, steps, warmup } = rest.training;
    expect([batch, learningRate, weightDecay]).toEqual(training);
    expect([steps, warmup]).toEqual(length);
  });

  it('at paper scale are causal or look both ways, train B and normalise as the table says', () => {
    const thoseWith = (test: (recipe: (typeof recipes)[RecipeName]['paper']) => unknown) =>
      names.filter((name) => test(recipes[name].paper));
    const texts = ['wikitext-2', 'wikitext-2-characters', 'wikitext-103'];
    expect(thoseWith(({ bidirectional }) => !bidirectional)).toEqual(['smnist', 'psmnist', ...texts]);
    expect(thoseWith(({ trainableB }) => trainableB)).toEqual([
      'listops',
      'text',
      'pathx',
      'speech-commands',
      'dvs-gesture',
    ]);
    expect(thoseWith(({ dropout }) => dropout)).toEqual([
      'smnist',
      'psmnist',
      'image',
      'dvs-gesture',
      ...texts,
    ]);
    expect(thoseWith(({ norm }) => norm === releasedPostNorm)).toEqual([
      'smnist',
      'psmnist',
      'listops',
      'image',
      'dvs-gesture',
    ]);
    expect(recipes.pathx.paper.dt_min).toBe(1e-4);
  });

  it('of the post-norm configurations train without a norm, as the released code does', () => {
    const { training: _, ...options } = recipes.smnist.paper;
    const model = spikingSSM(options);
    expect(Object.keys(model.parameters).filter((name) => name.includes('norm'))).toEqual([]);
    model.dispose();
  });
});
