import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../../src/backend/index.js';
import { timeCalls } from '../../../src/backend/tensorflow/times.js';
import { modelCase, modelSizes } from '../../../src/cli/bench/model.js';
import { steady } from '../../../src/cli/bench/steady.js';
import type { SpikingSSM } from '../../../src/layers/spiking-ssm.js';
import { random } from '../../../src/random.js';
import type { Batch, Dataset, Task } from '../../../src/tasks/task.js';
import * as tf from '../../../src/tf.js';
import { train } from '../../../src/train/loop.js';
import { adamW } from '../../../src/train/optimizer.js';
import { replay } from '../../../src/train/replay.js';
import type { StepRecord } from '../../../src/train/run.js';
import { readSteps, type TakenStep, takeStep } from '../../../src/train/step.js';
import { models } from '../../models.js';
import { CLASSES, rhythms, SIZE } from '../../train/rhythms.js';

const state = availableBackends().tensorflow;

describe.skipIf(state !== true)(`training on tensorflow${state === true ? '' : `: ${state}`}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tensorflow-'));
    await useBackend('tensorflow');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await useBackend('cpu');
  });
  const model = models({ inputs: { kind: 'real', size: SIZE }, classes: CLASSES, H: 16, N: 4, seed: 1 });
  /** With all that has a state of its own. */
  const stateful = {
    dropout: 0.2,
    norm: { placement: 'pre', kind: 'batch' },
    threshold: 'learnable',
  } as const;
  const values = ({ parameters, buffers }: SpikingSSM) =>
    Object.entries({ ...parameters, ...buffers }).map(([name, variable]) => [name, ...variable.dataSync()]);
  const untimed = (steps: StepRecord[]) => steps.map(({ milliseconds: _, ...rest }) => rest);

  test.each(['sdn', 'bptt'] as const)('%s learns, as on cpu, and leaves no tensor', async (neuron) => {
    const losses: Record<string, number[]> = {};
    for (const backend of ['cpu', 'tensorflow'] as const) {
      await useBackend(backend);
      const own = model({ neuron, norm: { placement: 'pre', kind: 'layer' } });
      const before = tf.memory().numTensors;
      const { steps, epochs } = await train(own, rhythms(), { epochs: 15, batch: 12, learningRate: 0.02 });
      expect(tf.memory().numTensors).toBe(before);
      losses[backend] = steps.map(({ loss }) => loss);
      expect(epochs.at(-1)?.trainAccuracy).toBeGreaterThan(0.9);
    }
    losses.cpu.slice(0, 5).forEach((loss, i) => {
      expect(losses.tensorflow[i]).toBeCloseTo(loss, 3);
    });
  });

  test('how many steps are read together changes none of the numbers', async () => {
    const runs = [];
    for (const readEvery of [1, 4, undefined]) {
      const own = model(stateful);
      const heard: number[] = [];
      const { steps, epochs } = await train(own, rhythms(), {
        steps: 13,
        batch: 12,
        microBatch: 5,
        clip: 0.5,
        ratePenalty: 0.1,
        readEvery,
        evaluate: 6,
        onStep: ({ step, evaluation }) => void heard.push(step, evaluation?.step ?? 0),
      });
      const evaluations = epochs.map(({ seconds: _, ...rest }) => rest);
      runs.push([untimed(steps), evaluations, values(own), heard]);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test('a run that was broken off goes on to the very numbers of an unbroken one', async () => {
    const options = { steps: 24, batch: 12, evaluate: 8, learningRate: 0.02 } as const;
    const whole = model(stateful);
    const unbroken = await train(whole, rhythms(), options);
    const controller = new AbortController();
    const at = join(folder, 'resumed');
    const first = await train(model(stateful), rhythms(), {
      ...options,
      folder: at,
      signal: controller.signal,
      onStep: ({ step }) => (step === 13 ? controller.abort() : undefined),
    });
    expect(first.aborted).toBe(true);
    const resumed = model({ ...stateful, seed: 7 });
    const second = await train(resumed, rhythms(), { ...options, folder: at, resume: true }).catch(
      ({ message }) => message,
    );
    expect(second).toMatch(/holds another run/);
    const again = model(stateful);
    const rest = await train(again, rhythms(), { ...options, folder: at, resume: true });
    expect(untimed(rest.steps)).toEqual(untimed(unbroken.steps));
    expect(values(again)).toEqual(values(whole));
    const lines = readFileSync(join(at, 'metrics.jsonl'), 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"kind":"step"'))).toHaveLength(24);
  });

  test('a step that is not finite changes nothing, nor do those after it, and is named when it is read', async () => {
    const at = join(folder, 'failing');
    const options = { steps: 40, batch: 12, evaluate: false, learningRate: 0.02 } as const;
    const [before, own, other] = [model(stateful), model(stateful), model(stateful)];
    const tensors = tf.memory().numTensors;
    const controller = new AbortController();
    const { steps } = await train(before, rhythms(), {
      ...options,
      readEvery: 1,
      signal: controller.signal,
      onStep: ({ step }) => (step === 12 ? controller.abort() : undefined),
    });
    expect(steps).toHaveLength(12);
    const failure = await train(own, tooLarge(rhythms(), 13), { ...options, folder: at }).then(
      () => '',
      ({ message }) => message,
    );
    expect(failure).toMatch(
      /^train: loss is (NaN|Infinity) at step 13; first non-finite signal: current of layer 0; first non-finite gradient: \S+ \(lower the learning rate.*; look into it with replay\('.*failure\.safetensors'\)$/,
    );
    expect(values(own)).toEqual(values(before));
    const { places, step } = replay(join(at, 'failure.safetensors'), other);
    expect(step).toBe(13);
    expect(failure).toContain(places);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('steps of the network ask for nothing from the device until they are read', () => {
    const own = model({ neuron: 'sdn', norm: { placement: 'pre', kind: 'layer' }, dropout: 0.1 });
    const optimizer = adamW(own);
    const steps: TakenStep[] = [];
    const take = (): void => {
      const [batch] = rhythms().train.batches({ batch: 12 }) as Iterable<Batch>;
      const after = steps.at(-1);
      steps.push(takeStep(own, batch, optimizer, 1, random(1), steps.length + 1, { clip: 1 }, after));
    };
    const taking = timeCalls(() => [1, 2, 3].forEach(take));
    expect(taking.get('tensorDataSync')).toBeUndefined();
    const reading = timeCalls(() => {
      expect(readSteps(own, optimizer, steps).results.map(({ examples }) => examples)).toEqual([12, 12, 12]);
    });
    expect(reading.get('tensorDataSync')?.calls).toBe(1);
    tf.dispose(steps.map(({ batch: { x, y } }) => [x, y]));
    optimizer.dispose();
  });

  test('tensors and resident memory stay as they are', () => {
    const sizes = modelSizes('smnist', { batch: 4, length: 64, layers: 2, width: 16, state: 8 });
    const work = modelCase({ recipe: 'smnist', neuron: 'sdn', pass: 'train', ...sizes });
    const { tensors, growth } = steady(work, 120);
    work.dispose();
    expect(tensors[1]).toBe(tensors[0]);
    expect(growth).toBeLessThan(0.02);
  });
});

/** The task with one training batch, counted over all epochs, of finite numbers whose sums are not. */
function tooLarge(task: Task, at: number): Task {
  let count = 0;
  const train: Dataset = {
    ...task.train,
    *batches(options) {
      for (const batch of task.train.batches(options)) {
        // Only in an order of its own: the data are gone through once before.
        if (options.random && ++count === at) {
          const x = tf.fill(batch.x.shape, 3e38);
          // From an array of the host, as every batch.
          const given = tf.tensor(x.dataSync(), x.shape);
          tf.dispose([x, batch.x]);
          yield { ...batch, x: given };
        } else yield batch;
      }
    },
  };
  return { ...task, train };
}
