import { beforeAll, describe, expect, test } from 'vitest';
import { adaptiveTokens } from '../../src/layers/adaptive.js';
import { vocabularyParts } from '../../src/layers/vocabulary-parts.js';
import * as ops from '../../src/ops/index.js';
import { random } from '../../src/random.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { validate } from '../../src/train/validate.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';
import { forms, selectForm, skipMissingForms } from '../ops/backends.js';

const [SIZE, H] = [11, 8];
const adaptive = { cutoffs: [3, 7], divide: 2 };
const model = models({
  inputs: { kind: 'tokens', size: SIZE },
  classes: SIZE,
  H,
  N: 4,
  layers: 1,
  pool: 'none',
  tied: true,
  adaptive,
  v_th: 0.3,
});

skipMissingForms();

describe.each(forms)('adaptive softmax, $backend', ({ backend }) => {
  beforeAll(() => selectForm(backend));

  /** A head whose every parameter is drawn; those that begin at zero would hide faults. */
  function drawn(): ReturnType<typeof adaptiveTokens> {
    const made = adaptiveTokens(SIZE, H, adaptive, random(3));
    const source = random(4);
    for (const one of Object.values({ ...made.encoder.parameters, ...made.head.parameters })) {
      const values = Float32Array.from({ length: one.size }, () => source.normal());
      tf.tidy(() => one.assign(tf.tensor(values, one.shape)));
    }
    return made;
  }

  test('a table of vectors that are narrower the rarer the token', () => {
    const { encoder } = drawn();
    const values = Object.fromEntries(
      Object.entries(encoder.parameters).map(([name, one]) => [name, one.arraySync() as number[][]]),
    );
    const tokens = [2, 10, 0, 3, 6, 7, 3, 1];
    const expected = tokens.flatMap((token) => {
      const part = token < 3 ? 0 : token < 7 ? 1 : 2;
      const row = values[`emb_layers.${part}.weight`][token - [0, 3, 7][part]];
      expect(row).toHaveLength([8, 4, 2][part]);
      return values[`emb_projs.${part}`].map(
        (weights) => Math.sqrt(H) * weights.reduce((sum, weight, k) => sum + weight * row[k], 0),
      );
    });
    const found = tf.tidy(() => encoder.apply(tf.tensor2d(tokens, [2, 4], 'int32')).dataSync());
    expectClose(found, expected, 1e-5, 'rows');
  });

  test('probabilities are those of the parts, and sum to 1', () => {
    const { encoder, head } = drawn();
    const value = (name: string) =>
      ({ ...encoder.parameters, ...head.parameters })[name].arraySync() as number[][];
    const h = Array.from({ length: H }, (_, i) => Math.sin(i + 1));
    const times = (rows: number[][], x: number[]) =>
      rows.map((row) => row.reduce((sum, weight, k) => sum + weight * x[k], 0));
    const turned = (rows: number[][]) => rows[0].map((_, k) => rows.map((row) => row[k]));
    const logits = (rows: number[][], x: number[], bias: number[]) =>
      times(rows, x).map((y, i) => y + bias[i]);
    const softmax = (all: number[]) => {
      const sum = all.reduce((total, one) => total + Math.exp(one), 0);
      return all.map((one) => Math.exp(one) / sum);
    };
    const bias = (name: string) => value(name) as unknown as number[];
    const first = softmax(
      logits(
        [...value('emb_layers.0.weight'), ...value('cluster_weight')],
        times(turned(value('out_projs.0')), h),
        [...bias('out_layers_biases.0'), ...bias('cluster_bias')],
      ),
    );
    const part = (i: number) =>
      softmax(
        logits(
          value(`emb_layers.${i}.weight`),
          times(turned(value(`emb_projs.${i}`)), h),
          bias(`out_layers_biases.${i}`),
        ),
      );
    // The last part's entry comes first.
    const expected = [
      ...first.slice(0, 3),
      ...part(1).map((p) => first[4] * p),
      ...part(2).map((p) => first[3] * p),
    ];
    expect(expected.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
    const found = tf.tidy(() => tf.exp(head.apply(tf.tensor2d(h, [1, H]))).dataSync());
    expectClose(found, expected, 1e-5, 'probabilities');
  });

  test('loss, right answers and every gradient are those of all probabilities', () => {
    const { head, encoder } = drawn();
    const rows = 90; // more than are looked at at once
    const hidden = tf.randomNormal<tf.Rank.R2>([rows, H], 0, 1, 'float32', 5);
    const y = tf.tensor1d(
      Array.from({ length: rows }, (_, i) => (i * 5) % SIZE),
      'int32',
    );
    const gradients = (loss: () => tf.Scalar) => {
      const variables = Object.values({ ...encoder.parameters, ...head.parameters });
      const { value, grads } = tf.variableGrads(loss, variables);
      return [value, ...variables.map(({ name }) => grads[name])].map((one) => one && [...one.dataSync()]);
    };
    const all = (): tf.Scalar => ops.crossEntropy(head.apply(hidden), y).loss;
    const short = gradients(() => head.crossEntropy(hidden, y).loss);
    gradients(all).forEach((expected, i) => {
      if (expected) expectClose(short[i], expected, 1e-5, `gradient ${i}`);
      else expect(short[i]).toBeUndefined();
    });
    const ofHidden = (loss: (x: tf.Tensor2D) => tf.Scalar) =>
      tf
        .grad((x) => loss(x as tf.Tensor2D))(hidden)
        .dataSync();
    expectClose(
      ofHidden((x) => head.crossEntropy(x, y).loss),
      ofHidden((x) => ops.crossEntropy(head.apply(x), y).loss),
      1e-5,
      'gradient of hidden',
    );
    const [right, expected] = tf.tidy(() => [
      head.crossEntropy(hidden, y).correct.dataSync()[0],
      ops.crossEntropy(head.apply(hidden), y).correct.dataSync()[0],
    ]);
    expect(right).toBe(expected);
    expect(right).toBeGreaterThan(0);
  });
});

describe('a model with adaptive softmax', () => {
  beforeAll(() => selectForm('cpu'));

  test('has the official names, decays no bias, and leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    const one = model({ seed: 1 });
    const own = Object.keys(one.parameters).filter((name) => !name.startsWith('model.'));
    expect(own).toEqual([
      'encoder.emb_layers.0.weight',
      'encoder.emb_layers.1.weight',
      'encoder.emb_layers.2.weight',
      'encoder.emb_projs.0',
      'encoder.emb_projs.1',
      'encoder.emb_projs.2',
      'loss.cluster_weight',
      'loss.cluster_bias',
      'loss.out_projs.0',
      'loss.out_layers_biases.0',
      'loss.out_layers_biases.1',
      'loss.out_layers_biases.2',
    ]);
    expect(own.filter((name) => !one.group(name).decay)).toEqual([
      'loss.cluster_bias',
      'loss.out_layers_biases.0',
      'loss.out_layers_biases.1',
      'loss.out_layers_biases.2',
    ]);
    one.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('learns a cycle of tokens, padding left out; validation and steps agree with apply', async () => {
    const set = indexedDataset(
      Uint32Array.from({ length: 22 }, (_, i) => i),
      (chosen) => {
        const of = (ahead: number) =>
          tf.tensor2d(
            [...chosen].map((i) => Array.from({ length: 12 }, (_, t) => (i + t + ahead) % SIZE)),
            undefined,
            'int32',
          );
        return { x: of(0), y: of(1), lengths: Int32Array.from(chosen, (i) => 12 - (i % 3)) };
      },
    );
    const input = { kind: 'tokens', size: SIZE } as const;
    const task = { name: 'cycle', classes: SIZE, length: 12, input, train: set, validation: set, test: set };
    const one = model({ seed: 2 });
    await train(one, task, { steps: 300, batch: 11, learningRate: 0.03, evaluate: false });
    const { loss, accuracy } = await validate(one, set, { batch: 22 });
    expect(accuracy).toBeGreaterThan(0.99);
    expect(loss).toBeLessThan(0.3);
    let state = one.initialState(1);
    const tokens = [3, 9, 4];
    tf.tidy(() => {
      const whole = one.apply(tf.tensor2d([tokens], undefined, 'int32')).arraySync() as number[][][];
      tokens.forEach((token, t) => {
        const [logits, next] = one.step(tf.tensor1d([token], 'int32'), state);
        expectClose(logits.dataSync(), whole[0][t], 1e-5, `step ${t}`);
        state = next;
      });
    });
  });

  test('a label beyond the vocabulary is an error, as without it', async () => {
    const set = indexedDataset(Uint32Array.of(0), () => ({
      x: tf.tensor2d([[0, 1]], undefined, 'int32'),
      y: tf.tensor2d([[1, SIZE]], undefined, 'int32'),
    }));
    await expect(validate(model({}), set)).rejects.toThrow("labels must be in 0 … 10, the model's");
  });
});

test('dropout takes numbers of tokens out of table and head in training alone, with a source of random numbers', async () => {
  await selectForm('cpu');
  const one = model({ adaptive: { ...adaptive, dropout: 0.5 }, seed: 1 });
  const x = tf.tensor2d([[1, 5, 9, 2]], undefined, 'int32');
  const run = { training: true, hidden: true } as const;
  const read = (made: () => tf.Tensor): number[] => tf.tidy(() => [...made().dataSync()]);
  const apply = (seed: number): number[] => read(() => one.apply(x, { ...run, random: random(seed) }));
  expect(apply(1)).toEqual(apply(1));
  expect(apply(1)).not.toEqual(apply(2));
  expect(read(() => one.apply(x))).toEqual(read(() => one.apply(x)));
  expect(() => one.apply(x, run)).toThrow('dropout: training needs a source of random numbers');
  tf.tidy(() => one.parameters['loss.out_projs.0'].assign(tf.eye(H)));
  const [hidden, y] = [
    tf.randomNormal<tf.Rank.R2>([6, H], 0, 1, 'float32', 1),
    tf.tensor1d([0, 4, 9, 1, 6, 10], 'int32'),
  ];
  const loss = (given?: { training: true; random: ReturnType<typeof random> }): number[] =>
    read(() => one.lossHead!.crossEntropy(hidden, y, given).loss);
  const training = (seed: number): number[] => loss({ training: true, random: random(seed) });
  expect(training(1)).toEqual(training(1));
  expect(training(1)).not.toEqual(training(2));
  expect(loss()).not.toEqual(training(1));
});

test('parts of a vocabulary, and what cannot be one', () => {
  expect(vocabularyParts(267_735, 1024, { cutoffs: [19_997, 39_997, 199_997] })).toEqual([
    { from: 0, words: 19_997, width: 1024 },
    { from: 19_997, words: 20_000, width: 256 },
    { from: 39_997, words: 160_000, width: 64 },
    { from: 199_997, words: 67_738, width: 16 },
  ]);
  for (const cutoffs of [[], [0, 4], [4, 4], [5, 3], [4, 11], [2.5]]) {
    expect(() => model({ adaptive: { cutoffs, divide: 2 } })).toThrow(
      `spikingSSM: adaptive.cutoffs must be whole numbers that rise from 1 to below 11, got [${cutoffs.join(', ')}]`,
    );
  }
  for (const dropout of [-0.1, 1]) {
    expect(() => model({ adaptive: { ...adaptive, dropout } })).toThrow(
      `spikingSSM: adaptive.dropout must be in [0, 1), got ${dropout}`,
    );
  }
  for (const divide of [0, 1.5, 3]) {
    expect(() => model({ adaptive: { cutoffs: [3, 7], divide } })).toThrow(
      `spikingSSM: adaptive.divide must be a whole number of at least 1 that leaves the last part a width of H = 8, got ${divide}`,
    );
  }
  expect(() => model({ tied: false })).toThrow('spikingSSM: tied must be true with adaptive, got false');
  expect(() => model({ pool: 'mean' })).toThrow("spikingSSM: pool must be 'none' with adaptive, got mean");
  expect(() => model({ adaptive: { cutofs: [3] } as never })).toThrow(
    'spikingSSM: adaptive: unknown option "cutofs" (did you mean "cutoffs"?',
  );
});
