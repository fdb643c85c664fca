import { beforeAll, describe, expect, it } from 'vitest';
import { energy } from '../../src/analysis/energy.js';
import { memoryEnergy } from '../../src/analysis/memory-energy.js';
import { neurobench } from '../../src/analysis/neurobench.js';
import { operationsOf } from '../../src/analysis/operations.js';
import * as tf from '../../src/tf.js';
import { models } from '../models.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = models({ classes: 4, H: 3, N: 2, layers: 2, inputs: { kind: 'real', size: 2 } });

describe('memoryEnergy', () => {
  const operations = { dense: 1000, macs: 100, acs: 200 };

  it('reads a weight an operation, and reads and writes every state', () => {
    const small = memoryEnergy({ operations, weightBytes: 8192, stateBytes: 100, stateUpdates: 10 });
    expect(small.joules * 1e12).toBeCloseTo(300 * 5 + 20 * 5, 6);
    expect(small.denseJoules * 1e12).toBeCloseTo(1000 * 5 + 20 * 5, 6);
    expect(small.weightsIn).toBe('8 KiB cache');
  });

  it('takes the smallest memory that holds the data', () => {
    const large = memoryEnergy({ operations, weightBytes: 3e8, stateBytes: 32768, stateUpdates: 10 });
    expect(large).toMatchObject({ weightsIn: 'DRAM', statesIn: '32 KiB cache' });
    expect(large.joules * 1e12).toBeCloseTo(300 * 650 + 20 * 10, 4);
    expect(() => memoryEnergy({ operations, weightBytes: -1, stateBytes: 0, stateUpdates: 0 })).toThrow(
      'memoryEnergy: bytes must be at least 0, got -1',
    );
  });
});

describe('energy', () => {
  it('adds operations and memory of two layers as by hand', () => {
    const small = model();
    const report = { operations: operationsOf(small.config, 5, [0.5, 0.25]), L: 5 };
    const { operations, memory, total } = energy(report, small);
    // Encoder 2 * 3 * 5, state spaces 2 * 9 * 3 * 5, head 3 * 4 MACs; mixing 3 * 6 * 5 * (0.5 + 0.25) ACs.
    const [macs, acs] = [30 + 270 + 12, 67.5];
    expect(operations.joules * 1e12).toBeCloseTo(4.6 * macs + 0.9 * acs, 9);
    // Two layers of three channels with two modes' numbers and a membrane potential each, 5 steps, both in 8 KiB.
    expect(memory.joules * 1e12).toBeCloseTo(5 * (macs + acs) + 2 * 5 * (2 * 3 * 3 * 5), 9);
    expect(total.joules).toBeCloseTo(operations.joules + memory.joules, 24);
    expect(total.denseJoules).toBeCloseTo(operations.denseJoules + memory.denseJoules, 24);
    expect(() => energy({ operations: null, L: 5 }, small)).toThrow('energy: the report has no operations');
  });
});

describe('neurobench', () => {
  it('has the metrics under their own names', () => {
    const small = model();
    const operations = operationsOf(small.config, 5, [0.5, 0.25]);
    const before = neurobench({ zeros: 0.625, operations }, small);
    const numbers = [...Object.values(small.parameters), ...Object.values(small.buffers)].reduce(
      (sum, { size }) => sum + size,
      0,
    );
    expect(before).toEqual({
      Footprint: 4 * numbers,
      ConnectionSparsity: 0,
      ActivationSparsity: 0.625,
      SynapticOperations: { Dense: 492, Effective_MACs: 312, Effective_ACs: 67.5 },
      MembraneUpdates: 30,
    });
    // Zeros of biases do not count, those of weights do.
    tf.tidy(() => small.parameters['decoder.bias'].assign(tf.zeros([4])));
    expect(neurobench({ zeros: 0.625, operations }, small).ConnectionSparsity).toBe(0);
    tf.tidy(() => small.parameters['encoder.weight'].assign(tf.zeros([3, 2])));
    // Encoder 6, of each layer mixing 18, C 6 and D 3, head 12.
    expect(neurobench({ zeros: 0.625, operations }, small).ConnectionSparsity).toBeCloseTo(6 / 72, 12);
    expect(() => neurobench({ zeros: 1, operations: null }, small)).toThrow(
      'neurobench: the report has no operations',
    );
  });
});
