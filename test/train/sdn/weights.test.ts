import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { readSafetensors } from '../../../src/files/safetensors.js';
import { lif, sdn } from '../../../src/neurons/index.js';
import { SDN_NAMES, type SdnTarget, shippedSdn } from '../../../src/neurons/sdn-weights.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { accuracyOf, type FusedWeights, sdnReport } from '../../../src/train/sdn/report.js';
import { whiteNoise } from '../../../src/train/sdn/sequences.js';
import { startingMaps } from '../../../src/train/sdn/start.js';

const KINDS = ['N(0, 1)', 'N(0, 0.5^2)', 'N(0, 2^2)', 'N(0, 1), correlation 0.9'];

beforeAll(() => useBackend('cpu'));

/** The weights of a file, as the report takes them. */
function weightsOf(path: string): FusedWeights {
  const { tensors } = readSafetensors(path);
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float32Array.from(data, Number) },
    ]),
  );
}

/** The network that training begins with, without the noise that wakes its unused channels. */
function untrained(tau: number, target: SdnTarget): FusedWeights {
  const { first, firstBias, second, secondBias, output } = startingMaps(tau, target);
  return {
    [SDN_NAMES.w1]: { shape: [8, 1, 8], data: Float32Array.from(first.flat()) },
    [SDN_NAMES.b1]: { shape: [8], data: Float32Array.from(firstBias) },
    [SDN_NAMES.w2]: { shape: [8, 8, 1], data: Float32Array.from(second.flat()) },
    [SDN_NAMES.b2]: { shape: [8], data: Float32Array.from(secondBias) },
    [SDN_NAMES.w3]: { shape: [1, 8, 1], data: Float32Array.from(output) },
    [SDN_NAMES.b3]: { shape: [1], data: new Float32Array(1) },
  };
}

describe('weights that come with the package, tau = 0.125', () => {
  test('agree with the exact neuron on at least 99.9 % of spikes, on 1,000 fresh sequences of 1,024', () => {
    const path = shippedSdn(0.125, 'membrane');
    const fresh = whiteNoise(random(987_654), 1000, 1024);
    const { agreement, meanError, rate } = accuracyOf(weightsOf(path), fresh, 0.125, 'membrane');
    expect(agreement).toBeGreaterThanOrEqual(0.999);
    expect(meanError).toBeLessThan(0.002);
    expect(rate).toBeGreaterThan(0.14);
    expect(rate).toBeLessThan(0.16);
  });

  test('the same through sdn() and lif() themselves', () => {
    const { count, L, x } = whiteNoise(random(55), 20, 1024);
    const agreed = tf.tidy(() => {
      const current = tf.tensor3d(x, [count, L, 1]);
      const [network] = sdn({ tau: 0.125 }).build().apply(current);
      const [exact] = lif({ tau: 0.125 }).build().apply(current);
      return tf.mean(tf.cast(tf.equal(network, exact), 'float32')).dataSync()[0];
    });
    expect(agreed).toBeGreaterThanOrEqual(0.999);
  });

  test('the file tells the options and the report on four kinds of input', () => {
    const { metadata } = readSafetensors(shippedSdn(0.125, 'membrane'));
    expect(JSON.parse(metadata.options)).toMatchObject({ tau: 0.125, target: 'membrane', seed: 0 });
    const report = JSON.parse(metadata.report);
    expect(Object.keys(report)).toEqual(KINDS);
    for (const kind of KINDS) {
      expect(report[kind].agreement).toBeGreaterThanOrEqual(0.999);
      expect(report[kind].maxError).toBeLessThan(0.2);
      expect(report[kind].meanError).toBeLessThan(report[kind].maxError);
    }
  });
});

describe('the start of the training', () => {
  const fresh = whiteNoise(random(4), 100, 1024);

  test.each([
    ['membrane', 0.125, 0.999],
    ['spike', 0.125, 0.999],
    ['membrane', 0.25, 0.998],
    ['membrane', 0.5, 0.98],
  ] as const)('%s, tau %d: agrees on at least %d of spikes before any training', (target, tau, bar) => {
    const { agreement } = accuracyOf(untrained(tau, target), fresh, tau, target);
    expect(agreement).toBeGreaterThanOrEqual(bar);
  });

  test('and is no constant: a network of zeros does far worse', () => {
    const zeros = Object.fromEntries(
      Object.entries(untrained(0.125, 'membrane')).map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length) },
      ]),
    );
    expect(accuracyOf(zeros, fresh, 0.125, 'membrane').agreement).toBeLessThan(0.99);
  });
});

test('the report is of fresh sequences of four kinds, the same for the same seed', () => {
  const weights = untrained(0.125, 'membrane');
  const small = { tau: 0.125, sequences: 40, L: 256 };
  const [a, b, c] = [5, 5, 6].map((seed) => sdnReport(weights, { ...small, seed }));
  expect(Object.keys(a)).toEqual(KINDS);
  expect(b).toEqual(a);
  expect(c).not.toEqual(a);
  // Weak input seldom reaches the threshold, strong input often.
  expect(a['N(0, 0.5^2)'].rate).toBeLessThan(0.05);
  expect(a['N(0, 2^2)'].rate).toBeGreaterThan(0.25);
});
