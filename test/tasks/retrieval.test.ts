import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { random } from '../../src/random.js';
import { retrieval } from '../../src/tasks/index.js';
import { type Dataset, disposeBatch } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';
import { lossGradients } from '../../src/train/gradients.js';
import { accumulatedGradients } from '../../src/train/micro-batch.js';
import { expectClose } from '../close.js';
import { models } from '../models.js';

const folder = mkdtempSync(join(tmpdir(), 'retrieval-'));
const root = join(folder, 'retrieval');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => vi.stubEnv('SPIKINGSSM_DATA', folder));
afterEach(() => vi.unstubAllEnvs());

const written = [
  ['1.0', 'aab', 'b'],
  ['0.0', 'a', 'aaaabbbb'],
  ['1.0', 'ba', 'c'],
];
const lineOf = ([label, one, other]: string[]) => `${label}\t17\t4\t${one}\t${other}\n`;
mkdirSync(root);
writeFileSync(join(root, 'new_aan_pairs.train.tsv'), written.map(lineOf).join(''));
writeFileSync(join(root, 'new_aan_pairs.eval.tsv.gz'), gzipSync(written.map(lineOf).join('')));
writeFileSync(join(root, 'new_aan_pairs.test.tsv'), lineOf(['0.0', 'abz', 'c']));

const model = models({
  inputs: { kind: 'tokens', size: 6 },
  classes: 2,
  pairs: true,
  H: 6,
  N: 4,
  layers: 1,
  v_th: 0.3,
});

function contents(set: Dataset) {
  return [...set.batches({ batch: 2 })].flatMap((batch) => {
    const x = batch.x.arraySync() as number[][][];
    const labels = [...batch.y.dataSync()];
    const lengths = [...(batch.lengths as Int32Array)];
    disposeBatch(batch);
    return labels.map((label, b) => ({
      label,
      texts: x[b].map((row, i) =>
        row
          .slice(0, lengths[2 * b + i])
          .map((token) => '·?.abc'[token])
          .join(''),
      ),
    }));
  });
}

it('gives pairs of texts with their lengths, read line by line, gzipped or not', async () => {
  const task = await retrieval({ length: 6 });
  expect(task).toMatchObject({
    name: 'retrieval',
    classes: 2,
    length: 6,
    input: { kind: 'tokens', size: 6 },
  });
  const expected = written.map(([label, ...texts]) => ({
    label: Number(label),
    texts: texts.map((text) => `${text.slice(0, 5)}.`),
  }));
  expect(contents(task.train)).toEqual(expected);
  expect(contents(task.validation)).toEqual(expected);
  // z is in no training text.
  expect(contents(task.test)).toEqual([{ label: 0, texts: ['ab?.', 'c.'] }]);
  expect((await retrieval({ trainExamples: 2 })).train.size).toBe(2);
});

it('is read by a model of pairs, in parts or at once', async () => {
  const task = await retrieval();
  const [batch] = task.train.batches({ batch: 3 });
  const one = model({ bidirectional: true });
  const whole = lossGradients(one, batch, random(1));
  const parts = accumulatedGradients(one, batch, random(1), 1);
  expect([whole.examples, whole.tokens]).toEqual([3, 4 + 2 + 2 + 9 + 3 + 2]);
  expect(parts.loss).toBeCloseTo(whole.loss, 5);
  for (const name of Object.keys(one.parameters)) {
    expectClose(parts.gradients[name].dataSync(), whole.gradients[name].dataSync(), 1e-5, name);
  }
  expect(one.parameters['decoder.retrieval.classifier.0.weight'].shape).toEqual([6, 24]);
  tf.dispose([whole.gradients, parts.gradients]);
  disposeBatch(batch);
});

describe('refusing', () => {
  it('lines of another form, naming them', async () => {
    const path = join(root, 'new_aan_pairs.test.tsv');
    for (const bad of ['2.0\t1\t2\ta\tb\n', '1.0\t1\t2\ta\n']) {
      writeFileSync(path, lineOf(['0.0', 'a', 'b']) + bad);
      await expect(retrieval()).rejects.toThrow(
        /^retrieval: .*test\.tsv, line 2: expected label 0 or 1, two numbers/,
      );
    }
  });

  it('bad options', async () => {
    await expect(retrieval({ length: 1 })).rejects.toThrow(/^retrieval: length must be .* at least 2, got 1/);
    expect(() => model({ pool: 'none' })).toThrow(
      /^spikingSSM: pool must be 'mean' or 'last' for pairs, got none/,
    );
    const one = model();
    expect(() => one.step(tf.tensor1d([1], 'int32'), one.initialState(1))).toThrow(/^step: a model of pairs/);
  });
});
