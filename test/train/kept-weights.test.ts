import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import type { Model } from '../../src/layers/model.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import * as tf from '../../src/tf.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { loadRun } from '../../src/train/load-model.js';
import { train } from '../../src/train/loop.js';
import type { TrainOptions } from '../../src/train/options.js';
import { readRun } from '../../src/train/read-run.js';
import { bestEvaluation, type Run, type StepEvent } from '../../src/train/run.js';
import { validate } from '../../src/train/validate.js';
import { standInTask } from './stand-in.js';

let folder = '';
beforeAll(() => useBackend('cpu'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A learning rate so high that the best evaluation is not the last one. */
const options = { batch: 8, learningRate: 0.9, seed: 3, steps: 24, evaluate: 4 };
const small = { inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 2, layers: 2 } as const;
const batchNorm = { ...small, norm: { placement: 'pre', kind: 'batch' } } as const;

function values(model: Model): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries({ ...model.parameters, ...model.buffers }).map(([name, v]) => [name, [...v.dataSync()]]),
  );
}

/** Trains a model of its own and tells what it had after each evaluation. */
async function trained(more: TrainOptions, model: Model = spikingSSM(batchNorm)) {
  const seen = new Map<number, Record<string, number[]>>();
  const ends: StepEvent[] = [];
  const run = await train(model, standInTask(), {
    ...options,
    ...more,
    onStep: (event) => {
      if (event.evaluation?.step === event.step) seen.set(event.step, values(model));
      if (event.end) ends.push(event);
      return more.onStep?.(event);
    },
  });
  return { model, run, seen, ends };
}

function best({ epochs }: Run): number {
  return bestEvaluation(epochs)!.step;
}

describe('a run leaves the weights of its best evaluation', () => {
  test.each(['without a folder', 'in a folder'])('%s', async (where) => {
    const before = tf.memory().numTensors;
    const given = where === 'in a folder' ? { folder } : {};
    const { model, run, seen, ends } = await trained(given);
    expect(best(run)).toBeLessThan(24);
    expect(run.modelStep).toBe(best(run));
    expect(values(model)).toEqual(seen.get(best(run)));
    expect(values(model)).not.toEqual(seen.get(24));
    expect(ends).toMatchObject([{ end: 'done', modelStep: best(run) }]);
    const { accuracy, loss } = await validate(model, standInTask().validation);
    const { validationAccuracy, validationLoss } = bestEvaluation(run.epochs)!;
    expect(accuracy).toBe(validationAccuracy);
    expect(loss).toBeCloseTo(validationLoss!, 5);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('which are those of loadRun, of the folder and of the record', async () => {
    const { model, run } = await trained({ folder });
    const loaded = loadRun(folder);
    expect(values(loaded)).toEqual(values(model));
    expect(readRun(folder).modelStep).toBe(run.modelStep);
    for (const one of [model, loaded]) one.dispose();
  });

  test('also where it is aborted, and goes on from its last ones', async () => {
    const controller = new AbortController();
    const stop = ({ step }: StepEvent): void => {
      if (step === 22) controller.abort();
    };
    const broken = await trained({ folder, signal: controller.signal, onStep: stop });
    expect(broken.run).toMatchObject({ aborted: true, modelStep: best(broken.run) });
    expect(values(broken.model)).toEqual(broken.seen.get(best(broken.run)));
    const whole = await trained({});
    const after = await trained({ folder, resume: true });
    expect(values(after.model)).toEqual(values(whole.model));
    expect(after.run.modelStep).toBe(whole.run.modelStep);
    const again = await trained({ folder, resume: true });
    expect(values(again.model)).toEqual(values(whole.model));
    loadCheckpoint(join(folder, 'last.safetensors'), again.model);
    expect(values(again.model)).toEqual(whole.seen.get(24));
    for (const { model } of [broken, whole, after, again]) model.dispose();
  });

  test('and those of the last step with keep: last, everywhere', async () => {
    const { model, run, seen } = await trained({ folder, keep: 'last' });
    expect(run.modelStep).toBe(24);
    expect(values(model)).toEqual(seen.get(24));
    const loaded = loadRun(folder);
    expect(values(loaded)).toEqual(values(model));
    expect(readRun(folder).modelStep).toBe(24);
    await expect(trained({ folder, resume: true }, model)).rejects.toThrow(
      /training\.keep is "best", was "last"/,
    );
    for (const one of [model, loaded]) one.dispose();
  });

  test('and the last where it never evaluates', async () => {
    const { model, run } = await trained({ evaluate: false });
    expect(run.modelStep).toBe(24);
    model.dispose();
  });

  test('refuses another rule', async () => {
    const model = spikingSSM(batchNorm);
    await expect(trained({ keep: 'first' as 'best' }, model)).rejects.toThrow(
      /^train: unknown keep "first" \(.*best.*last/,
    );
    for (const recalibrate of [0, 1.5, true as unknown as number])
      await expect(trained({ recalibrate }, model)).rejects.toThrow(
        /^train: recalibrate must be a whole number/,
      );
    model.dispose();
  });
});

describe('running statistics', () => {
  const statistics = (of: Record<string, number[]>) =>
    Object.entries(of).filter(([name]) => /running_(mean|var)$/.test(name));

  test('before an evaluation are those of the weights it has', async () => {
    const task = standInTask({ train: 40 });
    const model = spikingSSM(batchNorm);
    // All examples in one batch, so that their order does not count.
    await train(model, task, { ...options, batch: 40, recalibrate: 1 });
    const got = statistics(values(model));
    for (const [name, variable] of Object.entries(model.buffers)) {
      if (/running/.test(name)) tf.tidy(() => variable.assign(tf.fill(variable.shape, 7)));
    }
    const [all] = task.train.batches({ batch: 40 });
    tf.tidy(() => void model.apply(all.x, { statistics: 1 }));
    tf.dispose([all.x, all.y]);
    statistics(values(model)).forEach(([, expected], i) => {
      for (const [j, value] of expected.entries()) expect(got[i][1][j]).toBeCloseTo(value, 5);
    });
    model.dispose();
  });

  test('taken anew change no step of a run, and what an evaluation says', async () => {
    const runs = [];
    for (const recalibrate of [false, 3] as const) {
      const model = spikingSSM({ ...batchNorm, dropout: 0.2 });
      const { steps, epochs } = await train(model, standInTask(), {
        ...options,
        recalibrate,
        keep: 'last',
      });
      const parameters = Object.values(model.parameters).map((v) => [...v.dataSync()]);
      runs.push({ steps: steps.map(({ milliseconds: _, ...rest }) => rest), parameters, epochs });
      model.dispose();
    }
    const [without, anew] = runs;
    expect(anew.steps).toEqual(without.steps);
    expect(anew.parameters).toEqual(without.parameters);
    expect(anew.epochs[0].validationLoss).not.toBe(without.epochs[0].validationLoss);
  });

  test('are taken at the end of a run without evaluations, and cost nothing without batch norm', async () => {
    const log: number[][] = [];
    const handed = async (model: Model, recalibrate: number | false): Promise<number> => {
      log.length = 0;
      await train(model, standInTask({ log }), { ...options, steps: 5, evaluate: false, recalibrate });
      model.dispose();
      return log.length;
    };
    expect(await handed(spikingSSM(batchNorm), 2)).toBe(5 + 2);
    expect(await handed(spikingSSM(batchNorm), false)).toBe(5);
    for (const kind of ['none', 'layer'] as const) {
      const norm = { placement: kind === 'none' ? 'none' : 'pre', kind: 'layer' } as const;
      expect(await handed(spikingSSM({ ...small, norm }), 2)).toBe(5);
    }
  });

  test('of a run cut off while they were taken, and gone on with, are those of an unbroken run', async () => {
    const whole = await trained({});
    for (const cut of [1, 3]) {
      const model = spikingSSM(batchNorm);
      const controller = new AbortController();
      const task = standInTask();
      let passes = 0;
      const train_ = {
        ...task.train,
        *batches(given: Parameters<typeof task.train.batches>[0]) {
          // What the data are known by is found in stored order.
          if (given.random) passes++;
          let made = 0;
          for (const batch of task.train.batches(given)) {
            yield batch;
            // The second pass over the training set is that of the first evaluation.
            if (passes === 2 && ++made === cut) controller.abort();
          }
        },
      };
      const path = join(folder, `cut-${cut}`);
      const begun = spikingSSM(batchNorm);
      const kept = { ...options, folder: path };
      const broken = await train(begun, { ...task, train: train_ }, { ...kept, signal: controller.signal });
      expect(broken).toMatchObject({ aborted: true, epochs: [] });
      await train(model, task, { ...kept, resume: true });
      expect(values(model)).toEqual(values(whole.model));
      for (const one of [model, begun]) one.dispose();
    }
    whole.model.dispose();
  });
});

test('a run of an older version goes on as it was begun', async () => {
  const older = { folder, recalibrate: false as const };
  const controller = new AbortController();
  const stop = ({ step }: StepEvent): void => {
    if (step === 6) controller.abort();
  };
  const begun = spikingSSM(batchNorm);
  await trained({ ...older, signal: controller.signal, onStep: stop }, begun);
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  expect(config.training).toMatchObject({ keep: 'best', recalibrate: false });
  const { keep: _, recalibrate: __, ...training } = config.training;
  writeFileSync(path, JSON.stringify({ ...config, training }));
  expect(readRun(folder).options).toMatchObject({ keep: 'best', recalibrate: false });
  const whole = await trained({ recalibrate: false });
  const after = await trained({ folder, resume: true });
  expect(values(after.model)).toEqual(values(whole.model));
  expect(existsSync(join(folder, 'best.safetensors'))).toBe(true);
  await expect(trained({ folder, resume: true, recalibrate: 20 }, begun)).rejects.toThrow(
    /training\.recalibrate is 20, was false/,
  );
  for (const one of [begun, whole.model, after.model]) one.dispose();
});
