import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import { addon } from '../../src/backend/native/addon.js';
import * as ops from '../../src/ops/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';

const here = availableBackends().native === true;

/** Outputs and gradients of everything that shares its work out among threads, on sizes that make several tasks. */
function everything(): Float32Array[] {
  const source = random(5);
  const normal = (shape: number[], scale = 1): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => scale * source.normal()),
      shape,
    );
  const [batch, L, H, M] = [11, 150, 150, 3];
  const x = normal([batch, L, H]) as tf.Tensor3D;
  const parameters = {
    log_dt: tf.sub(normal([H], 0.5), 3) as tf.Tensor1D,
    log_A_real: normal([H, M], 0.3) as tf.Tensor2D,
    A_imag: normal([H, M], 3) as tf.Tensor2D,
    C: normal([2, H, M, 2]) as tf.Tensor4D,
    D: normal([H]) as tf.Tensor1D,
  };
  const w = normal([H, 300], 0.1) as tf.Tensor2D;
  const [b, weight, bias] = [normal([300]), normal([H]), normal([H])] as tf.Tensor1D[];
  const network = {
    w1: normal([8, 1, 8], 0.4),
    b1: normal([8], 0.3),
    w2: normal([8, 8, 1], 0.3),
    b2: normal([8], 0.3),
    w3: normal([1, 8, 1], 0.4),
    b3: normal([1], 0.3),
  } as ops.SdnWeights;
  const mask = tf.cast(tf.greater(normal([batch * L]), 0), 'float32') as tf.Tensor1D;
  const [scale, cotangent] = [normal([batch, H]), normal([batch * L, H])] as tf.Tensor2D[];
  const loss = (...given: tf.Tensor[]): tf.Scalar => {
    const [inputs, log_dt, C, matrix, gain] = given;
    const system = { ...parameters, log_dt: log_dt as tf.Tensor1D, C: C as tf.Tensor4D };
    const [spikes] = ops.spikingScan(inputs as tf.Tensor3D, system);
    const rows = tf.reshape(spikes, [batch * L, H]) as tf.Tensor2D;
    const mixed = tf.add<tf.Tensor2D>(
      ops.glu(ops.spikeMatmul(rows, matrix as tf.Tensor2D, b)),
      ops.spikeGlu(rows, matrix as tf.Tensor2D, b, { scale }),
    );
    const { y } = ops.norm(mixed, gain as tf.Tensor1D, bias, { kind: 'batch' });
    const [cell] = ops.lif(tf.reshape(y, [batch, L, H]) as tf.Tensor3D);
    const [sent] = ops.sdnSpike(ops.gelu(tf.reshape(y, [batch, L, H]) as tf.Tensor3D), network);
    const apart = ops.norm(mixed, gain as tf.Tensor1D, bias, { kind: 'batch', mask }).y;
    const all = [cell, sent, y, apart].map((of) => tf.reshape(of, [batch * L, H]));
    return tf.sum(tf.mul(tf.addN(all), cotangent));
  };
  const given = [x, parameters.log_dt, parameters.C, w, weight];
  const { value, grads } = tf.valueAndGrads(loss)(given);
  return [value, ...grads].map((tensor) => (tensor.dataSync() as Float32Array).slice());
}

describe.skipIf(!here)('native', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  test('results are the same to the bit on 1, 2 and 3 threads', () => {
    const [one, two, three] = [1, 2, 3].map((count) => {
      expect(addon().setThreads(count)).toBe(count);
      return tf.tidy(everything);
    });
    expect(two).toEqual(one);
    expect(three).toEqual(one);
    expect(one.every((values) => values.some((value) => value !== 0))).toBe(true);
    addon().setThreads(availableParallelism());
  });

  // The second has more channels than places of spikes can number; the others have slices of 4, 8 + 2 and 8 + 6 strips.
  test.each([
    { rows: 2400, K: 70, H: 45, scales: 3 },
    { rows: 6, K: 8200, H: 3, scales: 2 },
    { rows: 210, K: 64, H: 20, scales: 1 },
    { rows: 50, K: 129, H: 70, scales: 2 },
    { rows: 50, K: 30, H: 100, scales: 1 },
  ])('the end of a block, [$rows, $K] to $H, is that of its parts', ({ rows, K, H, scales }) => {
    const source = random(7);
    const make = (shape: [number, number], of: () => number): tf.Tensor2D =>
      tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, of), shape) as tf.Tensor2D;
    const normal = (): number => source.normal();
    const given = [
      make([rows, K], () => (source.uniform() < 0.2 ? 1 / 0.9 : 0)),
      make([K, 2 * H], () => 0.1 * source.normal()),
      tf.tensor1d(Float32Array.from({ length: 2 * H }, normal)),
      make([rows, H], normal),
    ];
    const scale = make([scales, H], () => (source.uniform() < 0.2 ? 0 : 1.25));
    const dy = make([rows, H], normal);
    const results = (
      end: (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D, residual: tf.Tensor2D) => tf.Tensor,
    ) =>
      tf.tidy(() => {
        const f = (...[x, w, b, residual]: tf.Tensor[]): tf.Tensor =>
          end(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, residual as tf.Tensor2D);
        return [f(...given), ...tf.grads(f)(given, dy)].map((tensor) => tensor.dataSync());
      });
    const slope = make([rows, K], () => (source.uniform() < 0.4 ? source.normal() : -0));
    const whole = results((x, w, b, residual) => ops.spikeGlu(x, w, b, { scale, residual }));
    const sampled = results((x, w, b, residual) => ops.spikeGlu(x, w, b, { scale, residual, slope }));
    const parts = results((x, w, b, residual) => ops.glu(ops.spikeMatmul(x, w, b), { scale, residual }));
    const passed = slope.dataSync();
    whole.forEach((values, i) => {
      expectClose(values, parts[i], 2e-6, `result ${i}`);
      const asked = (of: ArrayLike<number>): Float32Array =>
        i === 1 ? Float32Array.from(of, (value, j) => (passed[j] === 0 ? 0 : value)) : Float32Array.from(of);
      expectClose(asked(sampled[i]), asked(parts[i]), 2e-6, `result ${i}, where asked`);
    });
    tf.dispose([given, scale, dy, slope]);
  });

  test.each([NaN, Number.POSITIVE_INFINITY])('a logit of %d makes a loss and a gradient of NaN', (bad) => {
    for (const at of [0, 17, 39]) {
      const logits = Float32Array.from({ length: 80 }, (_, i) => (i === at ? bad : 1));
      const [loss, gradient] = tf.tidy(() => {
        const y = tf.tensor1d([3, 5], 'int32');
        const of = (x: tf.Tensor): tf.Scalar => ops.crossEntropy(x as tf.Tensor2D, y).loss;
        const { value, grad } = tf.valueAndGrad(of)(tf.tensor2d(logits, [2, 40]));
        return [value.dataSync()[0], grad.dataSync()];
      });
      expect(loss).toBeNaN();
      expect((gradient as Float32Array)[at]).toBeNaN();
    }
  });

  test('a number of threads that makes no sense is refused', async () => {
    await expect(useBackend('native', { threads: 1.5 })).rejects.toThrow(
      'useBackend: threads must be an integer in [0, 1024], got 1.5',
    );
  });

  test('spikes and slopes are written wherever their arrays begin', async () => {
    await useBackend('native');
    const [H, N] = [16, 4];
    const system = {
      log_dt: tf.fill([H], -3) as tf.Tensor1D,
      log_A_real: tf.zeros([H, N / 2]) as tf.Tensor2D,
      A_imag: tf.ones([H, N / 2]) as tf.Tensor2D,
      C: tf.ones([1, H, N / 2, 2]) as tf.Tensor4D,
      D: tf.ones([H]) as tf.Tensor1D,
    };
    const scan = vi.spyOn(addon(), 'scanForward');
    tf.grad((x) => tf.sum(ops.spikingScan(x as tf.Tensor3D, system)[0]))(tf.fill([2, 64, H], 0.4));
    const given: unknown[] = [...scan.mock.lastCall!];
    scan.mockRestore();
    const again = addon().scanForward as (...given: unknown[]) => void;
    const [spikes, slope] = [given.at(-5), given.at(-4)] as Float32Array[];
    // Small arrays are V8's, which begin at any multiple of 16 bytes: of four places in turn one is a vector's.
    const at = (floats: number): Float32Array =>
      new Float32Array(new ArrayBuffer(4 * (spikes.length + 16)), 4 * floats, spikes.length);
    for (const first of [0, 4, 8, 12]) {
      for (const second of [0, 4, 8, 12]) {
        const [y, notes] = [at(first), at(second)];
        given.splice(-5, 2, y, notes);
        again(...given);
        expect(y).toEqual(spikes);
        expect(notes).toEqual(slope);
      }
    }
    expect(spikes).toContain(1);
  });

  test('an array of the wrong length is refused before a kernel reads past it', () => {
    const [short, full] = [new Float32Array(5), new Float32Array(6)];
    const call = (): void => addon().glu(2, 3, 1, short, null, null, null, full);
    expect(call).toThrow('glu: argument 4 must be a Float32Array of length 12, got 5');
  });

  test.each([
    { shape: [7], begin: [2], size: [3] },
    { shape: [4, 5], begin: [1, 0], size: [2, 5] },
    { shape: [4, 5], begin: [0, 2], size: [4, -1] },
    { shape: [3, 4, 5], begin: [1, 1, 0], size: [2, 2, 5] },
    { shape: [3, 4, 5, 2], begin: [0, 2, 1, 1], size: [-1, 2, 3, 1] },
    { shape: [3, 4], begin: [1, 1], size: [0, 2] },
  ])('slice of $shape from $begin by $size is that of the cpu backend', async ({ shape, begin, size }) => {
    const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => i);
    const cut = async (backend: 'native' | 'cpu') => {
      await useBackend(backend);
      return tf.tidy(() => {
        const made = tf.slice(tf.tensor(values, shape), begin, size);
        return { shape: made.shape, values: made.dataSync() };
      });
    };
    const expected = await cut('cpu');
    expect(await cut('native')).toEqual(expected);
  });
});
