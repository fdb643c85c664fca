import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { repeat } from '../../src/sweep/store.js';
import type { TrialConfig } from '../../src/sweep/trial.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repeat-'));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Six steps of +1 or -1, to be told apart. */
function signs(count: number, scale = 1, turned = -1): Dataset {
  return indexedDataset(
    Uint32Array.from({ length: count }, (_, i) => i),
    (examples) => ({
      x: tf.tensor3d(
        [...examples].flatMap((k) => new Array(6).fill(k % 2 ? scale : -scale)),
        [examples.length, 6, 1],
      ),
      y: tf.tensor1d(
        [...examples].map((k) => (k === turned ? 1 - (k % 2) : k % 2)),
        'int32',
      ),
    }),
  );
}
const task: Task = {
  name: 'signs',
  classes: 2,
  length: 6,
  input: { kind: 'real', size: 1 },
  train: signs(16),
  validation: signs(4),
  test: signs(8),
};
const config: TrialConfig = {
  task,
  model: { classes: 2, H: 4, N: 2, layers: 2 },
  training: { steps: 10, batch: 4, learningRate: 0.05, evaluate: 5 },
};

describe('repeat', () => {
  it('trains each seed once, and again only where the configuration changed', async () => {
    const before = tf.memory().numTensors;
    const first = await repeat(config, [1, 2], { folder });
    expect(tf.memory().numTensors).toBe(before);
    expect(first.map(({ seed, kept, label }) => [seed, kept, label])).toEqual([
      [1, false, 'signs'],
      [2, false, 'signs'],
    ]);
    expect(first[0]).toMatchObject({ steps: 10, accuracy: expect.any(Number), rate: expect.any(Number) });
    expect(first[0].epochs.map(({ step }) => step)).toEqual([5, 10]);
    expect(
      first[0].layers.map(({ channelRates, timeRates }) => [channelRates.length, timeRates.length]),
    ).toEqual([
      [4, 6],
      [4, 6],
    ]);
    // The default threshold is learnt: at the start all are 1, later they are not.
    expect(first[0].thresholds[0]).toEqual({
      step: 0,
      layers: [1, 2].map(() => ({ low: 1, middle: 1, high: 1 })),
    });
    expect(first[0].thresholds.at(-1)?.step).toBe(10);
    expect(first[0].thresholds.at(-1)?.layers[0].high).not.toBe(1);

    const again = await repeat(config, [1, 2, 3], { folder });
    expect(again.map(({ kept }) => kept)).toEqual([true, true, false]);
    expect(again[0]).toEqual({ ...first[0], kept: true });
    // A default spelt out is no change; another number, another split and another neuron are.
    const same = { ...config, model: { ...config.model, threshold: 'learnable' as const } };
    expect((await repeat(same, [1], { folder }))[0].kept).toBe(true);
    const changes: TrialConfig[] = [
      { ...config, training: { ...config.training, learningRate: 0.06 } },
      { ...config, task: { ...task, train: signs(16, 2) } },
      // The last example of the test set alone.
      { ...config, task: { ...task, test: signs(8, 1, 7) } },
      { ...config, model: { ...config.model, neuron: 'sltt' } },
    ];
    for (const changed of changes) expect((await repeat(changed, [1], { folder }))[0].kept).toBe(false);
    expect(readdirSync(folder)).toHaveLength(7);
  });

  it('gives the same numbers for the same seed, wherever they are kept', async () => {
    const [one] = await repeat(config, [1], { folder });
    const [two] = await repeat(config, [1], { folder: join(folder, 'other') });
    expect({ ...two, ...times }).toEqual({ ...one, ...times });
  });

  it('keeps what is whole when it is stopped, and nothing of the run that was going on', async () => {
    const stop = new AbortController();
    const stopping: Task = {
      ...task,
      train: {
        ...task.train,
        batches: function* (options) {
          for (const batch of task.train.batches(options)) {
            // In the second run: data are gone through and statistics taken anew beside the steps.
            if (readdirSync(folder).length === 1) stop.abort(new Error('enough'));
            yield batch;
          }
        },
      },
    };
    const before = tf.memory().numTensors;
    await expect(
      repeat({ ...config, task: stopping }, [1, 2, 3], { folder, signal: stop.signal }),
    ).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
    expect(readdirSync(folder)).toHaveLength(1);
    const results = await repeat(config, [1, 2], { folder });
    expect(results.map(({ kept }) => kept)).toEqual([true, false]);
  });

  it('looks at the thresholds where an early stop ends the run', async () => {
    const training = { steps: 100, batch: 4, learningRate: 0, evaluate: 7, patience: 1 } as const;
    const [{ steps, thresholds }] = await repeat({ ...config, training }, [1], { folder });
    expect(steps).toBe(14);
    expect(thresholds.map(({ step }) => step)).toEqual([0, 5, 10, 14]);
  });

  it('names a damaged file, and seeds that are not different', async () => {
    await repeat(config, [1], { folder });
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').slice(0, 100));
    await expect(repeat(config, [1], { folder })).rejects.toThrow(`${name} is no result of an earlier run`);
    writeFileSync(join(folder, name), '{}');
    await expect(repeat(config, [1], { folder })).rejects.toThrow(
      `${name} is no result of an earlier run: it holds no accuracy (remove the file)`,
    );
    await expect(repeat(config, [1, 1], { folder })).rejects.toThrow(
      'repeat: seeds must be different whole numbers, at least one, got [1, 1]',
    );
  });
});

/** What depends on the clock. */
const times = { made: '', seconds: 0, stepMilliseconds: 0, epochs: [] };
