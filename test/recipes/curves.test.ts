import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { type RecipeName, recipes, type Scale } from '../../src/recipes/index.js';
import type { Task } from '../../src/tasks/task.js';
import { type Curve, shippedCurve } from '../../src/train/curve.js';
import { runOptions } from '../../src/train/options.js';
import { runConfig } from '../../src/train/run-config.js';

const folder = fileURLToPath(new URL('../../data/curves/', import.meta.url));
beforeAll(() => useBackend('cpu'));

test.each(readdirSync(folder))('%s is what a run of its recipe is held against', (file) => {
  const name = file.replace(/\.json$/, '');
  const { config } = JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Curve;
  const [, recipe, scale] = /^(.+)-(tiny|small|paper)$/.exec(name) as unknown as [string, RecipeName, Scale];
  const { training, ...options } = recipes[recipe][scale];
  const { examples, ...rest } = config.task;
  const sets = Object.fromEntries(Object.entries(examples).map(([set, size]) => [set, { size }]));
  const task = { ...rest, ...sets } as unknown as Task;
  const model = spikingSSM({ ...options, seed: 7 });
  const run = runConfig(model, task, runOptions(task, { ...training, seed: 7 }).settings);
  model.dispose();
  expect(shippedCurve(name, run)?.runs.length).toBeGreaterThan(1);
  expect(shippedCurve(name, { ...run, training: { ...run.training, batch: 3 } })).toBeUndefined();
});
