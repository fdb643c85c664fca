import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { crossEntropy } from '../../src/ops/cross-entropy/index.js';
import { random } from '../../src/random.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Batch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { lossGradients } from '../../src/train/gradients.js';
import { bitsPerCharacter, perplexity } from '../../src/train/language.js';
import { train } from '../../src/train/loop.js';
import { accumulatedGradients } from '../../src/train/micro-batch.js';
import { validate } from '../../src/train/validate.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';

beforeAll(() => useBackend('cpu'));

const model = models({
  inputs: { kind: 'tokens', size: 5 },
  classes: 5,
  H: 8,
  N: 4,
  layers: 1,
  pool: 'none',
  dt_min: 0.1,
  dt_max: 0.5,
  v_th: 0.3,
});

/** Two sequences of tokens, of true lengths 6 and 3, and what follows each token; `rest` stands behind the end. */
function batch(rest: number): Batch {
  return {
    x: tf.tensor2d([0, 1, 2, 3, 4, 0, 2, 2, 1, rest, rest, rest], [2, 6], 'int32'),
    y: tf.tensor2d([1, 2, 3, 4, 0, 1, 2, 1, 0, rest, rest, rest], [2, 6], 'int32'),
    lengths: Int32Array.of(6, 3),
  };
}

describe('crossEntropy', () => {
  it('has the gradient (softmax - one hot) / rows', () => {
    const logits = [0.5, -1, 2, 0, 3, -2];
    const gradient = tf.tidy(() => {
      const y = tf.tensor1d([2, 0], 'int32');
      const loss = (x: tf.Tensor) => tf.mul(3, crossEntropy(x as tf.Tensor2D, y).loss) as tf.Scalar;
      return tf
        .grad(loss)(tf.tensor2d(logits, [2, 3]))
        .dataSync();
    });
    const expected = [0, 1].flatMap((r) => {
      const row = logits.slice(3 * r, 3 * r + 3).map(Math.exp);
      const sum = row.reduce((total, value) => total + value, 0);
      return row.map((value, c) => (3 * (value / sum - (c === [2, 0][r] ? 1 : 0))) / 2);
    });
    expectClose(gradient, expected, 1e-6, 'gradient');
  });
});

describe('a label at every step', () => {
  it('gives the mean over true steps, and padding changes nothing', () => {
    const [one, other] = [batch(0), batch(4)].map((given) => {
      const result = lossGradients(model(), given, random(1));
      const gradients = Object.fromEntries(
        Object.entries(result.gradients).map(([name, value]) => [name, value.dataSync().slice()]),
      );
      tf.dispose([given.x, given.y, result.gradients]);
      return { ...result, gradients };
    });
    expect([one.examples, one.tokens]).toEqual([9, 9]);
    expect(other.loss).toBe(one.loss);
    expect(other.correct).toBe(one.correct);
    for (const name of Object.keys(one.gradients))
      expectClose(other.gradients[name], one.gradients[name], 1e-6, name);
    // Untrained, it knows next to nothing.
    expect(Math.abs(one.loss - Math.log(5))).toBeLessThan(0.7);
  });

  it('takes no pass over all rows for each of them where one sequence is shorter', async () => {
    const given = batch(0);
    const { kernelNames } = await tf.profile(() => {
      tf.dispose(lossGradients(model(), given, random(1)).gradients);
      return tf.scalar(0);
    });
    expect(kernelNames).toContain('EmbeddingGrad');
    expect(kernelNames).not.toContain('UnsortedSegmentSum');
    tf.dispose([given.x, given.y]);
  });

  it('adds up to the same in parts', () => {
    const given = batch(0);
    const whole = lossGradients(model(), given, random(1));
    const parts = accumulatedGradients(model(), given, random(1), 1);
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    expect([parts.examples, parts.correct]).toEqual([whole.examples, whole.correct]);
    for (const name of Object.keys(whole.gradients)) {
      expectClose(parts.gradients[name].dataSync(), whole.gradients[name].dataSync(), 1e-5, name);
    }
    tf.dispose([given.x, given.y, whole.gradients, parts.gradients]);
  });

  it('refuses a model with a pool, and labels without a class', () => {
    const given = batch(0);
    expect(() => lossGradients(model({ pool: 'mean' }), given, random(1))).toThrow(
      /^train: the model must give logits \[2, 6, classes\], got \[2, 5\] \(a model of every step has pool: 'none'\)/,
    );
    expect(() => lossGradients(model({ classes: 4 }), given, random(1))).toThrow(
      /labels must be in 0 … 3, the model's classes, got 4/,
    );
    tf.dispose([given.x, given.y]);
  });

  it('is learnt: the token that comes next in a cycle of five', async () => {
    const set = indexedDataset(
      Uint32Array.from({ length: 20 }, (_, i) => i),
      (chosen) => {
        const token = (example: number, t: number) => (example + t) % 5;
        const of = (ahead: number) =>
          tf.tensor2d(
            [...chosen].map((i) => Array.from({ length: 12 }, (_, t) => token(i, t + ahead))),
            undefined,
            'int32',
          );
        return { x: of(0), y: of(1) };
      },
    );
    const task = {
      name: 'cycle',
      classes: 5,
      length: 12,
      input: { kind: 'tokens', size: 5 } as const,
      train: set,
      validation: set,
      test: set,
    };
    const tied = model({ tied: true });
    expect(Object.keys(tied.parameters).filter((name) => name.startsWith('decoder'))).toEqual([
      'decoder.bias',
    ]);
    const run = await train(tied, task, { steps: 200, batch: 5, learningRate: 0.03, evaluate: 200 });
    const { loss, accuracy, examples } = await validate(tied, set, { batch: 7 });
    expect(examples).toBe(20);
    expect(accuracy).toBeGreaterThan(0.99);
    expect(run.epochs[0].validationLoss).toBeCloseTo(loss, 5);
    expect(perplexity(loss)).toBeLessThan(1.3);
    expect(bitsPerCharacter(loss)).toBeLessThan(0.4);
  });
});

it('perplexity and bits of a guess among 8 symbols are 8 and 3', () => {
  expect(perplexity(Math.log(8))).toBeCloseTo(8, 10);
  expect(bitsPerCharacter(Math.log(8))).toBeCloseTo(3, 10);
  expect(bitsPerCharacter(Math.log(8), 1.5)).toBeCloseTo(2, 10);
});

it('a tied head needs as many classes as tokens', () => {
  expect(() => model({ tied: true, classes: 4 })).toThrow(
    /^spikingSSM: classes must be the 5 tokens of inputs where they are tied, got 4/,
  );
});

it('steps of a tied model give what apply gives', () => {
  const one = model({ tied: true });
  tf.tidy(() => {
    const whole = one.apply(tf.tensor2d([[3, 1, 4]], undefined, 'int32')).arraySync() as number[][][];
    let state = one.initialState(1);
    [3, 1, 4].forEach((token, t) => {
      const [logits, next] = one.step(tf.tensor1d([token], 'int32'), state);
      expectClose(logits.dataSync(), whole[0][t], 1e-5, `step ${t}`);
      state = next;
    });
  });
});
