import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { trainingData } from '../../src/cli/train/data.js';

const folder = mkdtempSync(join(tmpdir(), 'training-data-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));

const flags = { scale: 'tiny', set: [] as string[], folder: join(folder, 'run') } as const;

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

test('what is set of a model that only fits its data is checked with them', async () => {
  const path = write('verse.txt', new Array(40).fill('one and two and three'));
  const set = ['layers=1', 'adaptive={"cutoffs":[4],"divide":2}', 'task.length=8'];
  const data = trainingData(path, { ...flags, set });
  const task = await data.task();
  expect(task.length).toBe(8);
  expect(data.settings(task).model).toMatchObject({ tied: true, pool: 'none', adaptive: { cutoffs: [4] } });
  expect(() => trainingData(path, { ...flags, set: ['layers=0'] }).settings(task)).toThrow(/layers must be/);
});

test('a recipe is asked for the numbers of its data by the data alone', async () => {
  const path = write('rows.csv', [
    'a,b,class',
    ...Array.from({ length: 300 }, (_, i) => `${(i * i) % 50},${i % 7},${i % 3}`),
  ]);
  const data = trainingData(path, { ...flags, label: 'class', set: ['training.batch=5', 'H=4'] });
  const task = await data.task();
  const { model, training } = data.settings(task);
  expect(model).toMatchObject({ classes: 3, inputs: { kind: 'real', size: 1 }, H: 4 });
  // 10 passes over the 240 that are left to train on, 8 a step, are fewer than the fewest.
  expect(training).toMatchObject({ batch: 5, steps: 400, warmup: 20, evaluate: 40, validationExamples: 30 });
});

test('a task without validation examples is trained on without evaluations', async () => {
  const path = write('few.csv', ['a,class', '1,x', '2,y', '3,x', '4,y']);
  const data = trainingData(path, { ...flags, label: 'class', set: ['task.validation=0'] });
  const task = await data.task();
  expect(data.settings(task).training).toMatchObject({ batch: task.train.size, evaluate: false });
});

test.each<[string, object, RegExp]>([
  ['nothing', {}, /^train: unknown task "nothing"/],
  ['./nothing', {}, /^train: \.\/nothing is not there \(a file or folder of yours, or a recipe: smnist/],
  ['smnist', { label: 'x' }, /for a file of that name write \.\/smnist/],
  ['smnist', { scale: 'large' }, /unknown scale "large"/],
])('%s %j is refused', (name, given, message) => {
  expect(() => trainingData(name, { ...flags, ...given })).toThrow(message);
});

test('the folder of a run is not data', () => {
  write('config.json', ['{}']);
  expect(() => trainingData(folder, flags)).toThrow(
    /holds a run, not data \(to go on with it: spikingssm train DATA --folder/,
  );
});
