import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../../src/analysis/evaluate.js';
import { regression } from '../../src/analysis/figures/regression.js';
import { predictNumbers } from '../../src/analysis/predict.js';
import type { Model } from '../../src/layers/model.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { random } from '../../src/random.js';
import { sequences } from '../../src/tasks/own/sequences.js';
import { type Batch, disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { lossGradients } from '../../src/train/gradients.js';
import { train } from '../../src/train/loop.js';
import type { LossTerms } from '../../src/train/loss.js';
import { accumulatedGradients } from '../../src/train/micro-batch.js';
import { explained } from '../../src/train/r2.js';
import { validate } from '../../src/train/validate.js';

/** Logits that are its only parameter: x says which rows. */
function table(values: number[][]): Model {
  const logits = tf.variable(tf.tensor2d(values));
  return {
    parameters: { logits },
    buffers: {},
    group: () => ({ decay: false }),
    apply: (x) => tf.gather(logits, tf.reshape(x, [-1]) as tf.Tensor1D),
    dispose: () => logits.dispose(),
  };
}

const rows = [
  [0.2, -1.3, 0.7],
  [1.5, 0.1, -0.4],
  [-0.6, 0.9, 0.3],
  [0, 2, -1],
];
const batchOf = (): Batch => ({
  x: tf.tensor2d([0, 1, 2, 3], [4, 1], 'int32'),
  y: tf.tensor1d([2, 0, 1, 0], 'int32'),
});

describe('weights and smoothing, as PyTorch 2.13 gives them (torch.nn.functional.cross_entropy, float64)', () => {
  const golden: [LossTerms, number, number[]][] = [
    [
      { classWeights: [0.5, 2, 3] },
      0.6768017640344052,
      [
        0.174103713941867, 0.038847789574285, -0.212951503516153, -0.023646048144374, 0.014718703313514,
        0.00892734483086, 0.041974697028536, -0.145215792429793, 0.103241095401257, -0.07381706671795,
        0.070316227873445, 0.003500838844506,
      ],
    ],
    [
      { labelSmoothing: 0.1 },
      0.9651521385913774,
      [
        0.0787185236376, 0.011090561453809, -0.08980908509141, -0.054271477766456, 0.035822776607209,
        0.018448701159247, 0.023147689438069, -0.092245177655678, 0.069097488217609, -0.204784533487185,
        0.202615350287002, 0.002169183200183,
      ],
    ],
    [
      { classWeights: [0.5, 2, 3], labelSmoothing: 0.2 },
      0.9222008228831942,
      [
        0.155006758413056, 0.013604072607396, -0.168610831020452, 0.019298281734182, 0.000346456191833,
        -0.019644737926014, 0.035719563189171, -0.103906640333741, 0.068187077144569, -0.057630613411968,
        0.085595993850393, -0.027965380438425,
      ],
    ],
  ];

  test.each(golden)('%j, whole and in parts', (terms, loss, gradient) => {
    const model = table(rows);
    for (const size of [4, 3, 1]) {
      const batch = batchOf();
      const found = accumulatedGradients(model, batch, random(1), size, terms);
      expect(found.loss).toBeCloseTo(loss, 6);
      expect(found.correct).toBe(3);
      const values = [...found.gradients.logits.dataSync()];
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(gradient[i], 6);
      });
      tf.dispose(found.gradients);
      disposeBatch(batch);
    }
    model.dispose();
  });
});

const made = (n: number) =>
  Array.from({ length: n }, (_, i) => ({
    x: [Math.sin(i), Math.cos(3 * i), Math.sin(2 * i)],
    y: i % 4 === 0 ? 'rare' : 'often',
  }));

describe('class weights in a run', () => {
  it("'balanced' makes every class count alike, and names stand for numbers", async () => {
    const task = await sequences(made(40), { validation: 0, test: 0 });
    const of = async (classWeights: 'balanced' | Record<string, number>) => {
      const model = spikingSSM({ inputs: task.input, classes: 2, layers: 1, H: 4, N: 2, seed: 1 });
      const run = await train(model, task, { steps: 1, batch: 8, evaluate: false, classWeights });
      model.dispose();
      return run.options.classWeights;
    };
    expect(await of('balanced')).toEqual([40 / (2 * 30), 40 / (2 * 10)]);
    expect(await of({ rare: 3 })).toEqual([1, 3]);
    await expect(of({ rar: 3 })).rejects.toThrow('unknown class in classWeights "rar" (did you mean "rare"?');
    await expect(of({ rare: 0 })).rejects.toThrow(
      'classWeights must be finite numbers above 0, got 0 for class rare',
    );
  });

  it('what is not the plain loss alone is kept with the run', async () => {
    const task = await sequences(made(8), { validation: 0, test: 0 });
    const model = spikingSSM({ inputs: task.input, classes: 2, layers: 1, H: 4, N: 2, seed: 1 });
    const run = await train(model, task, { steps: 1, batch: 8, evaluate: false });
    expect(Object.keys(run.options)).not.toContain('classWeights');
    await expect(train(model, task, { batch: 8, evaluate: false, labelSmoothing: 1 })).rejects.toThrow(
      'labelSmoothing must be in [0, 1), got 1',
    );
    model.dispose();
  });
});

describe('numbers to be learnt', () => {
  it('R² of hand-made numbers', () => {
    const one = explained();
    one.add([1, 2, 4], [1, 2, 3], 1);
    expect(one.r2()).toBeCloseTo(1 - 1 / 2, 12);
    const two = explained();
    two.add([0, 10], [1, 10], 2);
    two.add([2, 30], [3, 30], 2);
    expect(two.r2()).toBeCloseTo((1 - 2 / 2 + 1) / 2, 12);
    const same = explained();
    same.add([1, 1], [2, 2], 1);
    expect(same.r2()).toBeNull();
  });

  it('the loss is the mean squared error, its gradient that of finite differences', () => {
    const model = table([
      [0.5, -1],
      [2, 0.25],
    ]);
    const batch: Batch = { x: tf.tensor2d([0, 1], [2, 1], 'int32'), y: tf.tensor2d([1, 0, 0, 1], [2, 2]) };
    const found = lossGradients(model, batch, random(1));
    expect(found.loss).toBeCloseTo((0.25 + 1 + 4 + 0.5625) / 4, 6);
    expect(found.correct).toBeNaN();
    [-0.25, -0.5, 1, -0.375].forEach((value, i) => {
      expect(found.gradients.logits.dataSync()[i]).toBeCloseTo(value, 6);
    });
    tf.dispose(found.gradients);
    disposeBatch(batch);
    model.dispose();
  });

  it('are learnt, evaluated and given back in their own units', async () => {
    const mean = (x: number[]) => x.reduce((sum, value) => sum + value) / x.length;
    const source = random(3);
    const examples = Array.from({ length: 120 }, () => {
      const x = Array.from({ length: 12 }, () => source.uniform() - 0.5);
      return { x, y: 400 + 1000 * mean(x) };
    });
    const task = await sequences(examples, { targets: 'real', validation: 0.2, test: 0.2 });
    const model = spikingSSM({
      inputs: task.input,
      classes: task.classes,
      neuron: 'gelu',
      layers: 1,
      H: 16,
      N: 8,
      pool: 'mean',
      seed: 1,
    });
    const before = tf.memory().numTensors;
    const run = await train(model, task, { epochs: 25, batch: 12 });
    expect(tf.memory().numTensors).toBe(before);
    const last = run.epochs.at(-1)!;
    expect(last.validationAccuracy).toBeNull();
    expect(last.trainAccuracy).toBeNull();
    expect(run.steps.every(({ accuracy }) => accuracy === null)).toBe(true);
    expect(last.validationR2).toBeGreaterThan(0.7);
    const report = await evaluate(model, task.test);
    expect(report.accuracy).toBeNull();
    expect(report.r2).toBeGreaterThan(0.7);
    const { loss, r2 } = await validate(model, task.test);
    expect([report.loss, report.r2]).toEqual([loss, r2]);
    // Raw sequences, and numbers as the user has them.
    const said = predictNumbers(
      model,
      examples.map(({ x }) => x),
    );
    const error = mean(said.map(([value], i) => (value - examples[i].y) ** 2));
    const spread = mean(examples.map(({ y }) => (y - mean(examples.map((one) => one.y))) ** 2));
    expect(1 - error / spread).toBeGreaterThan(0.7);
    const figure = regression({
      truth: examples.map(({ y }) => y),
      said: said.map(([value]) => value),
      quantity: 'Level',
      unit: 'm',
    });
    expect(figure.layout.title).toMatchObject({
      subtitle: { text: expect.stringMatching(/^120 examples, R² 0\.\d+, root mean square error .* m$/) },
    });
    model.dispose();
  });

  it('a model of other outputs is refused with what to pass', async () => {
    const task = await sequences(
      [1, 2, 3, 4].map((y) => ({ x: [y, y], y: [y, -y] })),
      { targets: 'real', validation: 0, test: 0 },
    );
    expect(task.classes).toBe(2);
    const model = spikingSSM({ inputs: task.input, classes: 3, layers: 1, H: 4, N: 2, seed: 1 });
    await expect(train(model, task, { steps: 1, batch: 2, evaluate: false })).rejects.toThrow(
      'the model must give the numbers to be learnt [2, 2], got [2, 3] (classes: task.classes makes as many outputs',
    );
    await expect(
      train(model, task, { steps: 1, batch: 2, evaluate: false, classWeights: [1, 1] }),
    ).rejects.toThrow('classWeights are for classes');
    model.dispose();
  });
});
