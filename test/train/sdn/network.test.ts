import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { SDN_NAMES } from '../../../src/neurons/sdn-weights.js';
import { random } from '../../../src/random.js';
import * as tf from '../../../src/tf.js';
import { sdnNetwork } from '../../../src/train/sdn/network.js';
import type { FusedWeights } from '../../../src/train/sdn/report.js';
import { whiteNoise } from '../../../src/train/sdn/sequences.js';
import { startingMaps } from '../../../src/train/sdn/start.js';
import { expectClose } from '../../close.js';

beforeAll(() => useBackend('cpu'));

test('the 153 fused numbers give what the network with its batch norms gives in evaluation', () => {
  const before = tf.memory().numTensors;
  const windows = tf.tensor2d(whiteNoise(random(1), 500, 8).x, [500, 8]);
  const network = sdnNetwork(startingMaps(0.25, 'membrane'), windows, random(2));
  // As after some training: every part moved, the running statistics too.
  const source = random(3);
  for (const variable of Object.values({ ...network.parameters, ...network.buffers })) {
    const moved = Array.from(
      variable.dataSync(),
      (value) => value * (1 + 0.2 * source.uniform()) + 0.05 * source.uniform(),
    );
    tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
  }
  const expected = tf.tidy(() => network.apply(windows).dataSync());
  const fused = network.fuse();
  expect(Object.values(fused).reduce((sum, { data }) => sum + data.length, 0)).toBe(153);
  expectClose(predictions(fused, windows.dataSync<'float32'>()), expected, 1e-5, 'predictions');
  windows.dispose();
  network.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

/** p = w3 relu(W2 a + a + b2) + b3, a = relu(W1 window + b1), written out. */
function predictions(weights: FusedWeights, windows: Float32Array): number[] {
  const [w1, b1, w2, b2, w3, b3] = Object.values(SDN_NAMES).map((name) => weights[name].data);
  const channels = [0, 1, 2, 3, 4, 5, 6, 7];
  const dot = (of: (k: number) => number) => channels.reduce((sum, k) => sum + of(k), 0);
  return Array.from({ length: windows.length / 8 }, (_, row) => {
    const a = channels.map((c) => Math.max(0, b1[c] + dot((k) => w1[8 * c + k] * windows[8 * row + k])));
    const second = channels.map((c) => Math.max(0, b2[c] + a[c] + dot((j) => w2[8 * c + j] * a[j])));
    return b3[0] + dot((c) => w3[c] * second[c]);
  });
}
