import { beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { forms, selectForm, skipMissingForms } from './backends.js';
import { type Arrays, arrays, type Case } from './case.js';
import { cases } from './cases/index.js';

/** Step of the differences: wide where the function is smooth, narrow where a surrogate has corners. */
const [WIDE, NARROW] = [1e-3, 1e-5];

skipMissingForms();

describe.each(forms)('$backend', ({ backend, forward, gradient }) => {
  beforeAll(() => selectForm(backend));

  test.each(cases)('$name: forward', ({ inputs, run, define, exact = [] }) => {
    const before = tf.memory().numTensors;
    const given = tensors(inputs);
    const outputs = tf.tidy(() => run(given));
    const expected = define(arrays(inputs));
    expect(outputs).toHaveLength(expected.length);
    outputs.forEach((output, i) => {
      if (exact.includes(i)) expect(Array.from(output.dataSync())).toEqual(Array.from(expected[i]));
      else expectClose(output.dataSync(), expected[i], forward, `output ${i}`);
    });
    tf.dispose([outputs, given]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(cases)('$name: gradients', (row) => {
    const before = tf.memory().numTensors;
    const names = row.differentiate ?? Object.keys(row.inputs);
    const weights = cotangents(row);
    const got = tf.tidy(() => {
      const given = tensors(row.inputs);
      const gradients = tf.grads((...xs: tf.Tensor[]) => {
        const outputs = row.run({ ...given, ...Object.fromEntries(names.map((name, i) => [name, xs[i]])) });
        return tf.addN(
          outputs.map((y, i) => tf.sum(tf.mul(y, tf.tensor(Float32Array.from(weights[i]), y.shape)))),
        );
      })(names.map((name) => given[name]));
      return gradients.map((g) => g.dataSync());
    });
    const expected = finiteDifferences(row, names, weights);
    names.forEach((name, i) => {
      expectClose(got[i], expected[name], gradient, `gradient of ${name}`);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

function tensors(inputs: Case['inputs']): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => [name, tf.tensor(values, shape)]),
  );
}

/** The loss is sum(output * cotangent), with a fixed random cotangent for every output. */
function cotangents({ inputs, define }: Case): Float64Array[] {
  const source = random(99);
  return define(arrays(inputs)).map((output) => output.map(() => Math.fround(source.normal())));
}

function finiteDifferences(row: Case, names: string[], weights: Float64Array[]): Arrays {
  const base = arrays(row.inputs);
  const f = row.smooth?.(base) ?? row.define;
  const loss = (inputs: Arrays): number => {
    let sum = 0;
    f(inputs).forEach((output, i) => {
      output.forEach((value, j) => {
        sum += value * weights[i][j];
      });
    });
    return sum;
  };
  const step = row.smooth ? NARROW : WIDE;
  return Object.fromEntries(
    names.map((name) => [
      name,
      base[name].map((value, i) => {
        const moved = (steps: number): number =>
          loss({ ...base, [name]: base[name].with(i, value + steps * step) });
        // Five points: error of the order of step^4.
        return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step);
      }),
    ]),
  );
}
