import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { predictFiles, predictionTable } from '../../src/analysis/predict-files.js';
import { useBackend } from '../../src/backend/index.js';
import { csv } from '../../src/tasks/own/csv.js';
import { sequences } from '../../src/tasks/own/sequences.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { models } from '../models.js';

const folder = mkdtempSync(join(tmpdir(), 'predict-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));
const model = models({ classes: 2, H: 4, N: 2, layers: 1, seed: 1 });

/** A step a row: walks of two channels and unequal lengths. */
function writeWalks(name: string, walks: number, label: (walk: number) => string): string {
  const lines = Array.from({ length: walks }, (_, walk) =>
    Array.from({ length: 3 + (walk % 3) }, (_, t) =>
      [`w${walk}`, Math.sin(t * (walk % 2 ? 1 : 2)), t, label(walk)].join(','),
    ),
  ).flat();
  const path = join(folder, name);
  writeFileSync(path, ['walk,x,y,person', ...lines].join('\n'));
  return path;
}

describe('predictFiles', () => {
  it('takes sequences of a step a row by their ids, with classes where they are given', async () => {
    const file = writeWalks('gait.csv', 24, (walk) => (walk % 2 ? 'ann' : 'bob'));
    const task = await csv(file, { label: 'person', sequence: 'walk', standardise: true });
    const run = join(folder, 'gait');
    await train(model({ inputs: task.input }), task, { steps: 2, batch: 4, folder: run });
    const fresh = writeWalks('new.csv', 5, (walk) => (walk === 3 ? '' : 'ann'));
    const before = tf.memory().numTensors;
    const found = await predictFiles(run, [fresh], { batch: 2 });
    expect(tf.memory().numTensors).toBe(before);
    expect(found.map(({ key, label }) => [key, label])).toEqual([
      ['w0', 'ann'],
      ['w1', 'ann'],
      ['w2', 'ann'],
      ['w3', undefined],
      ['w4', 'ann'],
    ]);
    expect(Object.keys(found[0].probabilities ?? {})).toEqual(['ann', 'bob']);
    expect((await predictFiles(run, [fresh], { batch: 5 })).map(({ class: name }) => name)).toEqual(
      found.map(({ class: name }) => name),
    );
    const right = found.filter(({ class: name, label }) => name === label).length;
    expect(predictionTable(found)).toContain(`Right: ${right} of 4`);
    await expect(predictFiles(run, [join(folder, 'none.csv')])).rejects.toThrow(/none\.csv is not there/);
  });

  it('refuses runs whose data came from no file, or that say no class', async () => {
    const source = Array.from({ length: 20 }, (_, i) => ({ x: [i % 2, 1, i % 2], y: i % 2 }));
    const task = await sequences(source);
    const run = join(folder, 'program');
    await train(model(), task, { steps: 1, batch: 4, folder: run });
    await expect(predictFiles(run, ['x.csv'])).rejects.toThrow(
      /^predict: .*program does not say how its data were read \(they are those of sequences\): call predict\(loadModel\(run\), sequences\) in a program$/,
    );
    const tokens = { kind: 'tokens', size: 5 } as const;
    const text = join(folder, 'text');
    const language = {
      ...task,
      input: tokens,
      classes: 5,
      ...Object.fromEntries(
        (['train', 'validation', 'test'] as const).map((set) => [
          set,
          {
            size: 4,
            take: () => language.train,
            *batches() {
              yield { x: tf.ones([4, 3], 'int32'), y: tf.ones([4, 3], 'int32') };
            },
          },
        ]),
      ),
    } as typeof task;
    const one = model({ inputs: tokens, classes: 5, pool: 'none', tied: true });
    await train(one, language, { steps: 1, batch: 4, evaluate: false, folder: text });
    await expect(predictFiles(text, ['x.txt'])).rejects.toThrow(
      /text is a language model: it says what comes next/,
    );
  });
});
