import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.js';
import { disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { train } from '../../src/train/loop.js';
import type { TrainOptions } from '../../src/train/options.js';
import { readRun } from '../../src/train/read-run.js';
import type { StepEvent } from '../../src/train/run.js';
import { StandIn, standInTask } from './stand-in.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const quick = { batch: 8, learningRate: 0.05, seed: 3, steps: 12 };

/** Ends a run after so many steps. */
function stopAfter(steps: number): Pick<TrainOptions, 'signal' | 'onStep'> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onStep: ({ step }: StepEvent) => {
      if (step === steps) controller.abort();
    },
  };
}

describe('a run in a folder', () => {
  it('keeps its options, every record and its checkpoints', async () => {
    const model = new StandIn();
    const run = await train(model, standInTask(), { ...quick, folder });
    const stored = readRun(folder);
    expect(readdirSync(folder).sort()).toEqual([
      'best.safetensors',
      'config.json',
      'last.safetensors',
      'metrics.jsonl',
    ]);
    expect(stored).toMatchObject({ steps: run.steps, epochs: run.epochs, options: run.options, end: 'done' });
    expect(stored.config).toMatchObject({
      task: {
        name: 'stand-in',
        classes: 3,
        length: 5,
        examples: { train: 40, validation: 25, test: 10 },
      },
      model: { inputs: 2, hidden: 6, classes: 3 },
      sessions: [{ step: 0, backend: 'cpu' }],
    });
    const loaded = new StandIn(2, 6, 3, 9);
    loadCheckpoint(join(folder, 'last.safetensors'), loaded);
    expect(loaded.values()).toEqual(model.values());
    model.dispose();
    loaded.dispose();
  });

  it('keeps the model of the best evaluation', async () => {
    const task = standInTask();
    const model = new StandIn();
    const seen: string[] = [];
    const run = await train(model, task, {
      ...quick,
      evaluate: 2,
      steps: 40,
      folder,
      onStep: ({ step, evaluation }) => {
        if (evaluation?.step === step) seen.push(JSON.stringify(model.values()));
      },
    });
    seen.push(JSON.stringify(model.values()));
    const accuracies = run.epochs.map(({ validationAccuracy }) => validationAccuracy!);
    const highest = Math.max(...accuracies);
    const losses = run.epochs.map(({ validationLoss }, i) =>
      accuracies[i] === highest ? validationLoss! : Infinity,
    );
    const best = losses.indexOf(Math.min(...losses));
    const { metadata } = loadCheckpoint(join(folder, 'best.safetensors'), model);
    expect(JSON.parse(metadata.evaluation)).toEqual(run.epochs[best]);
    expect(JSON.stringify(model.values())).toBe(seen[best]);
    model.dispose();
  });

  it('is not begun over another one, nor with other options, nor after a look at no run', async () => {
    const model = new StandIn();
    await train(model, standInTask(), { ...quick, folder });
    await expect(train(model, standInTask(), { ...quick, folder })).rejects.toThrow(
      /^train: .*run-.* holds a run already \(go on with it by resume: true, on the command line --resume, or take another folder\)$/,
    );
    await expect(
      train(model, standInTask({ train: 41 }), { ...quick, batch: 4, folder, resume: true }),
    ).rejects.toThrow(
      /holds another run: task\.examples\.train is 41, was 40; training\.epochs is 2, was 3; training\.batch is 4, was 8; training\.microBatch is 4, was 8 \(/,
    );
    await expect(
      train(model, { ...standInTask(), notes: ['made here, seed 7'] }, { ...quick, folder, resume: true }),
    ).rejects.toThrow(/holds another run: task\.notes\.0 is "made here, seed 7", was not given \(/);
    await expect(train(model, standInTask(), { ...quick, resume: true })).rejects.toThrow(
      'train: resume needs the folder of the run',
    );
    expect(() => readRun(join(folder, 'none'))).toThrow(/^readRun: cannot read .*none\/config\.json/);
    model.dispose();
  });

  it('that is damaged says how', async () => {
    const model = new StandIn();
    await train(model, standInTask(), { ...quick, folder });
    const resume = () => train(model, standInTask(), { ...quick, folder, resume: true });
    const metrics = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
    writeFileSync(join(folder, 'metrics.jsonl'), metrics.split('\n').slice(3).join('\n'));
    await expect(resume()).rejects.toThrow(/metrics\.jsonl holds 9 of the 12 steps/);
    writeFileSync(join(folder, 'metrics.jsonl'), `${metrics.slice(0, 40)}\n`);
    await expect(resume()).rejects.toThrow(/^readRun: .*metrics\.jsonl, line 1: not JSON/);
    writeFileSync(join(folder, 'metrics.jsonl'), '{"kind":"other"}\n');
    expect(() => readRun(folder)).toThrow(/line 1: unknown kind of record "other"$/);
    const { tensors } = readSafetensors(join(folder, 'best.safetensors'));
    writeSafetensors(join(folder, 'last.safetensors'), tensors);
    await expect(resume()).rejects.toThrow(/last\.safetensors is no checkpoint of a run/);
    model.dispose();
  });
});

describe('a run that an error ends', () => {
  it('says so and frees what it holds where its last checkpoint cannot be written', async () => {
    const model = new StandIn();
    const before = tf.memory().numTensors;
    const heard: unknown[] = [];
    const onStep = ({ step, end }: StepEvent): void => {
      // In the checkpoint's place.
      if (step === 1) mkdirSync(join(folder, 'last.safetensors', 'x'), { recursive: true });
      heard.push(end);
    };
    const options = { ...quick, steps: 3, evaluate: false, folder, onStep } as const;
    await expect(train(model, standInTask(), options)).rejects.toThrow(/last\.safetensors/);
    expect(heard.at(-1)).toBe('failed');
    expect(readRun(folder)).toMatchObject({ end: 'failed' });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it.each([1, 4])(
    'keeps every record, and goes on from its checkpoint (numbers read by %i)',
    async (readEvery) => {
      const [whole, model] = [new StandIn(), new StandIn()];
      const options = { ...quick, evaluate: 5, readEvery };
      const unbroken = await train(whole, standInTask(), { ...options, folder: join(folder, 'whole') });
      const task = standInTask();
      const broken = {
        ...task.train,
        *batches(given: Parameters<typeof task.train.batches>[0]) {
          let made = 0;
          for (const batch of task.train.batches(given)) {
            if (++made <= 3) yield batch;
            else disposeBatch(batch);
            if (made === 4) throw new Error('disk');
          }
        },
      };
      const before = tf.memory().numTensors;
      const kept = { ...options, folder: join(folder, 'broken'), checkpoint: 2 };
      await expect(train(model, { ...task, train: broken }, kept)).rejects.toThrow('disk');
      expect(tf.memory().numTensors).toBe(before);
      const stored = readRun(kept.folder);
      expect(stored).toMatchObject({ end: 'failed', aborted: false, stopped: false });
      expect(stored.steps.map(({ loss }) => loss)).toEqual(
        unbroken.steps.slice(0, 3).map(({ loss }) => loss),
      );
      const after = await train(model, task, { ...kept, resume: true });
      expect(after.steps.map(({ loss }) => loss)).toEqual(unbroken.steps.map(({ loss }) => loss));
      expect(model.values()).toEqual(whole.values());
      expect(readRun(kept.folder).end).toBe('done');
      for (const one of [whole, model]) one.dispose();
    },
  );
});

describe('resume', () => {
  it('of a run that kept no notes yet asks for none', async () => {
    const model = new StandIn();
    await train(model, standInTask(), { ...quick, folder });
    const path = join(folder, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    expect(config.task.notes).toEqual([]);
    delete config.task.notes;
    writeFileSync(path, JSON.stringify(config));
    const noted = { ...standInTask(), notes: ['made here, seed 7'] };
    const { steps } = await train(model, noted, { ...quick, folder, resume: true });
    expect(steps).toHaveLength(readRun(folder).steps.length);
    model.dispose();
  });

  it('in an empty folder begins', async () => {
    const model = new StandIn();
    const run = await train(model, standInTask(), { ...quick, folder, resume: true });
    expect(run.steps).toHaveLength(12);
    model.dispose();
  });

  it.each([1, 5, 7, 11])(
    'after an abort at step %i ends as the unbroken run, and says where it ran',
    async (at) => {
      const [whole, first, second] = [new StandIn(), new StandIn(), new StandIn(2, 6, 3, 8)];
      const options = { ...quick, evaluate: 5, folder: join(folder, 'broken') };
      const unbroken = await train(whole, standInTask(), { ...quick, evaluate: 5 });
      const before = await train(first, standInTask(), { ...options, ...stopAfter(at) });
      expect(before).toMatchObject({ aborted: true });
      expect(readRun(options.folder)).toMatchObject({ aborted: true, end: 'aborted' });
      const after = await train(second, standInTask(), { ...options, resume: true });
      expect(second.values()).toEqual(whole.values());
      const losses = (run: typeof after) => run.steps.map(({ loss, epoch }) => [loss, epoch]);
      expect(losses(after)).toEqual(losses(unbroken));
      const timeless = (run: typeof after) => run.epochs.map(({ seconds: _, ...rest }) => rest);
      expect(timeless(after)).toEqual(timeless(unbroken));
      expect(readRun(options.folder).config.sessions.map(({ step }) => step)).toEqual([0, at]);
      for (const model of [whole, first, second]) model.dispose();
    },
  );

  it('makes up for an evaluation that was cut off', async () => {
    const task = standInTask();
    const controller = new AbortController();
    const cut = {
      ...task.validation,
      take: () => ({
        ...task.validation,
        *batches(options: Parameters<typeof task.validation.batches>[0]) {
          for (const batch of task.validation.batches(options)) {
            yield batch;
            controller.abort();
          }
        },
      }),
    };
    const [whole, model] = [new StandIn(), new StandIn()];
    const unbroken = await train(whole, task, { ...quick, evaluate: 4 });
    const broken = await train(
      model,
      { ...task, validation: cut },
      { ...quick, evaluate: 4, folder, signal: controller.signal },
    );
    expect(broken).toMatchObject({ aborted: true, epochs: [] });
    const run = await train(model, task, { ...quick, evaluate: 4, folder, resume: true });
    expect(
      run.epochs.map(({ step, trainLoss, validationLoss }) => [step, trainLoss, validationLoss]),
    ).toEqual(
      unbroken.epochs.map(({ step, trainLoss, validationLoss }) => [step, trainLoss, validationLoss]),
    );
    expect(model.values()).toEqual(whole.values());
    for (const one of [whole, model]) one.dispose();
  });

  it('of a finished run loads it, trains no further, and tells the hook', async () => {
    const [model, again] = [new StandIn(), new StandIn(2, 6, 3, 8)];
    const first = await train(model, standInTask(), { ...quick, folder });
    const ends: unknown[] = [];
    const second = await train(again, standInTask(), {
      ...quick,
      folder,
      resume: true,
      onStep: ({ step, end }) => void ends.push([step, end]),
    });
    expect(second).toMatchObject({ steps: first.steps, epochs: first.epochs, aborted: false });
    expect(ends).toEqual([[12, 'done']]);
    expect(again.values()).toEqual(model.values());
    for (const one of [model, again]) one.dispose();
  });
});

describe('patience', () => {
  it('ends the run after so many evaluations without a better one', async () => {
    const model = new StandIn();
    const ends: StepEvent['end'][] = [];
    // A learning rate of 0: no evaluation after the first can be better.
    const run = await train(model, standInTask(), {
      ...quick,
      steps: 50,
      learningRate: 0,
      evaluate: 2,
      patience: 3,
      folder,
      onStep: ({ end }) => void ends.push(end),
    });
    expect(run).toMatchObject({ stopped: true, aborted: false });
    expect(run.epochs.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    expect(ends).toEqual([null, null, null, null, null, null, null, 'stopped']);
    expect(readRun(folder)).toMatchObject({ stopped: true, end: 'stopped' });
    const again = await train(model, standInTask(), {
      ...quick,
      steps: 50,
      learningRate: 0,
      evaluate: 2,
      patience: 3,
      folder,
      resume: true,
    });
    expect(again).toMatchObject({ stopped: true });
    expect(again.steps).toHaveLength(8);
    model.dispose();
  });

  it('needs evaluations', async () => {
    const model = new StandIn();
    await expect(train(model, standInTask(), { ...quick, evaluate: false, patience: 2 })).rejects.toThrow(
      'train: patience needs evaluations',
    );
    model.dispose();
  });
});

describe('one folder', () => {
  it('is one run: a second one is refused while the first is at it, with resume too, and afterwards goes on', async () => {
    const [first, second] = [new StandIn(), new StandIn()];
    const refusals: unknown[] = [];
    const onStep = async ({ step }: StepEvent): Promise<void> => {
      if (step !== 3) return;
      for (const resume of [false, true]) {
        await train(second, standInTask(), { ...quick, folder, resume }).catch((error) =>
          refusals.push(error),
        );
      }
    };
    const run = await train(first, standInTask(), { ...quick, folder, onStep });
    expect(refusals.map(String)).toEqual([
      expect.stringMatching(/holds a run already/),
      expect.stringMatching(
        /^Error: train: .*: this process is at this already \(.*run\.lock\); wait for it/,
      ),
    ]);
    const again = await train(second, standInTask(), { ...quick, folder, resume: true });
    expect(again.steps).toEqual(run.steps);
    expect(readdirSync(folder)).not.toContain('run.lock');
    first.dispose();
    second.dispose();
  });

  it('that is refused or aborted before its first step is not made', async () => {
    const model = new StandIn();
    const path = join(folder, 'new');
    await train(model, standInTask(), { ...quick, folder: path, signal: AbortSignal.abort() });
    expect(readdirSync(folder)).toEqual([]);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const place of [file, join(file, 'run')]) {
      await expect(train(model, standInTask(), { ...quick, folder: place })).rejects.toThrow(
        new RegExp(`^train: cannot write ${place}: .*\\[E[A-Z]+\\]; then go on with resume: true`),
      );
    }
    expect(readFileSync(file, 'utf8')).toBe('');
    model.dispose();
  });
});

describe('a stored run', () => {
  it('of a newer format is refused, and a run is not made longer, saying what is possible', async () => {
    const model = new StandIn();
    await train(model, standInTask(), { ...quick, folder });
    await expect(train(model, standInTask(), { ...quick, steps: 20, folder, resume: true })).rejects.toThrow(
      /holds another run: .*training\.steps is 20, was 12.*; a run keeps its length, by which its learning rate falls: for a longer one begin anew/,
    );
    await expect(train(model, standInTask(), { ...quick, seed: 9, folder, resume: true })).rejects.toThrow(
      /or take another folder\)$/,
    );
    const path = join(folder, 'config.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), format: 2 }));
    expect(() => readRun(folder)).toThrow(
      /^readRun: .*config\.json was written by a newer version, in format 2; this one reads up to 1 \(update/,
    );
    model.dispose();
  });
});
