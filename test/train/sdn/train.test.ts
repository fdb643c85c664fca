import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { readSafetensors } from '../../../src/files/safetensors.js';
import { sdn, sdnSpike } from '../../../src/neurons/index.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { accuracyOf } from '../../../src/train/sdn/report.js';
import { truthOf, whiteNoise } from '../../../src/train/sdn/sequences.js';
import { type SdnEpoch, type TrainedSdn, trainSDN } from '../../../src/train/sdn/train.js';

const KINDS = ['N(0, 1)', 'N(0, 0.5^2)', 'N(0, 2^2)', 'N(0, 1), correlation 0.9'];
const TINY = { sequences: 60, length: 64, epochs: 2, batch: 8 };

let folder: string;
beforeAll(async () => {
  await useBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'sdn-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

// A jump is harder to predict from little data than a potential; the start is then the best there is.
describe.each([
  ['membrane', 0.999, 0.001],
  ['spike', 0.997, 0.2],
] as const)('trainSDN, %s, at a small size', (target, bar, loss) => {
  let trained: TrainedSdn;
  let path: string;
  const epochs: SdnEpoch[] = [];
  beforeAll(async () => {
    const before = tf.memory().numTensors;
    trained = await trainSDN({ ...TINY, target, seed: 3, onEpoch: (epoch) => epochs.push(epoch) });
    expect(tf.memory().numTensors).toBe(before);
    path = join(folder, `${target}.safetensors`);
    trained.save(path);
  });

  test('reports every epoch, and on fresh sequences agrees with the exact neuron as stated', () => {
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(trained.epochs).toEqual(epochs);
    expect(Object.keys(trained.report)).toEqual(KINDS);
    expect(trained.report['N(0, 1)'].agreement).toBeGreaterThanOrEqual(bar);
    for (const { trainLoss } of epochs) expect(trainLoss).toBeLessThan(loss);
  });

  test('the file is read by sdn, and gives the spikes that the report counts', () => {
    const data = whiteNoise(random(77), 30, 128);
    const { agreement } = accuracyOf(trained.weights, data, 0.125, target);
    const neuron = target === 'membrane' ? sdn({ weights: path }) : sdnSpike({ weights: path });
    const spikes = tf.tidy(() =>
      neuron
        .build()
        .apply(tf.tensor3d(data.x, [30, 128, 1]))[0]
        .dataSync(),
    );
    const truth = Array.from({ length: 30 }, (_, i) => [...truthOf(data, i, 0.125, target).spikes]).flat();
    expect(spikes.filter((spike, i) => spike === truth[i]).length / truth.length).toBe(agreement);
    expect(readSafetensors(path).metadata).toEqual({
      options: expect.stringContaining('"seed":3'),
      epoch: expect.stringMatching(/^[012]$/),
      report: JSON.stringify(trained.report),
    });
  });
});

describe('a run', () => {
  test('same seed, same weights; another seed, others', async () => {
    const run = (seed: number) => trainSDN({ sequences: 20, length: 32, epochs: 1, batch: 9, seed });
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(b.weights).toEqual(a.weights);
    expect(c.weights).not.toEqual(a.weights);
  });

  test('stops between two steps; what was done is kept, or nothing was', async () => {
    const stop = new AbortController();
    const done = await trainSDN({ ...TINY, epochs: 5, signal: stop.signal, onEpoch: () => stop.abort() });
    expect(done.epochs).toHaveLength(1);
    await expect(trainSDN({ ...TINY, signal: AbortSignal.abort() })).rejects.toThrow(
      new RangeError('trainSDN: stopped before the first epoch ended, so there are no weights'),
    );
  });

  test.each([
    [{ tau: 1.5 }, /^trainSDN: tau must be in \(0, 1\), got 1\.5/],
    [{ target: 'spikes' }, /^trainSDN: unknown target "spikes" \(did you mean "spike"\?/],
    [{ sequences: 1 }, /^trainSDN: sequences must be a whole number of at least 2, got 1$/],
    [{ learningRate: -1 }, /^trainSDN: learningRate must be a finite number of at least 0, got -1$/],
    [{ epochs: 0 }, /^trainSDN: epochs must be a whole number of at least 1, got 0$/],
    [{ epoch: 3 }, /^trainSDN: unknown option "epoch" \(did you mean "epochs" or "onEpoch"\?/],
  ])('refuses %j', async (options, message) => {
    await expect(trainSDN(options as object)).rejects.toThrow(message);
  });
});
