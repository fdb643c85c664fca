import { describe, expect, it } from 'vitest';
import { operationEnergy } from '../../src/analysis/energy.js';
import { operations, operationsOf } from '../../src/analysis/operations.js';

// Two layers of 3 channels, 5 steps, state size 2 (one complex pair); the second runs both ways.
const twoLayers = {
  encoder: { inputs: 2, outputs: 3, density: 0.5 },
  layers: [
    { H: 3, N: 2, L: 5, channels: 1, rate: 0.5 },
    { H: 3, N: 2, L: 5, channels: 2, rate: 0.25 },
  ],
  head: { inputs: 3, outputs: 4 },
} as const;

describe('operations', () => {
  it('gives what two layers come to by hand', () => {
    const result = operations(twoLayers);
    expect(result.encoder).toEqual({ dense: 30, macs: 15, acs: 0 }); // 2 * 3 * 5, half the inputs zero
    expect(result.layers[0].stateSpace).toEqual({ dense: 135, macs: 135, acs: 0 }); // (8 + 1) * 3 * 5
    expect(result.layers[0].mixing).toEqual({ dense: 90, macs: 0, acs: 45 }); // 3 * 6 * 5, every other input spikes
    expect(result.layers[1].stateSpace).toEqual({ dense: 255, macs: 255, acs: 0 }); // (16 + 1) * 3 * 5
    expect(result.layers[1].mixing).toEqual({ dense: 90, macs: 0, acs: 22.5 });
    expect(result.head).toEqual({ dense: 12, macs: 12, acs: 0 });
    expect(result.total).toEqual({ dense: 612, macs: 417, acs: 67.5 });
    expect(result.membraneUpdates).toBe(30);
    const { joules, denseJoules } = operationEnergy(result.total);
    expect(joules * 1e12).toBeCloseTo(1978.95, 9); // 417 * 4.6 + 67.5 * 0.9
    expect(denseJoules * 1e12).toBeCloseTo(2815.2, 9); // 612 * 4.6
  });

  it('counts a state space as many multiplications as its recurrence does', () => {
    const [H, N, L] = [3, 4, 7];
    let multiplications = 0;
    const times = (a: number, b: number) => {
      multiplications++;
      return a * b;
    };
    for (let h = 0; h < H; h++) {
      const state = Array.from({ length: N / 2 }, () => [0, 0]);
      for (let t = 0; t < L; t++) {
        const u = Math.sin(t + h);
        const products = [times(0.3, u)]; // D u
        for (const pair of state) {
          const [re, im] = pair;
          pair[0] = times(0.9, re) - times(0.1, im) + times(0.5, u);
          pair[1] = times(0.9, im) + times(0.1, re) + times(0.2, u);
          products.push(times(0.7, pair[0]) - times(0.4, pair[1])); // the factor 2 is part of C
        }
      }
    }
    const shape = { ...twoLayers, layers: [{ H, N, L, channels: 1 as const, rate: 0 }] };
    expect(operations(shape).layers[0].stateSpace.macs).toBe(multiplications);
  });

  it('names a rate that is not a share', () => {
    const layers = [{ H: 3, N: 2, L: 5, channels: 1 as const, rate: 26.4 }];
    expect(() => operations({ ...twoLayers, layers })).toThrow(
      'operations: the rate of layer 0 must be in [0, 1], got 26.4',
    );
  });
});

describe('the figures of the paper for WikiText-103 (16 layers, 1024 -> 2048, 8192 steps, rate 26.4 %)', () => {
  const layer = { H: 1024, N: 64, L: 8192, channels: 1 as const, rate: 0.264 };
  const { layers } = operations({
    layers: Array.from({ length: 16 }, () => layer),
    encoder: { inputs: 0, outputs: 1024 },
    head: { inputs: 1024, outputs: 1 },
  });
  const mixing = layers[0].mixing;

  it('are 16 times 17,179,869,184 operations exactly', () => {
    expect(layers.reduce((sum, one) => sum + one.mixing.dense, 0)).toBe(274_877_906_944);
    expect(mixing.acs).toBeCloseTo(0.264 * 17_179_869_184, 3);
  });

  it('give less energy exactly than the paper prints', () => {
    const dense = 16 * mixing.dense;
    const exact = operationEnergy({ dense, macs: 0, acs: 16 * mixing.acs });
    expect((dense / 1e9).toFixed(3)).toBe('274.878');
    expect(exact.denseJoules.toFixed(4)).toBe('1.2644');
    expect(((16 * mixing.acs) / 1e9).toFixed(2)).toBe('72.57');
    expect((exact.joules * 1e3).toFixed(1)).toBe('65.3');
  });

  // The paper rounds a layer to 17.2 G before it multiplies by 16, and cuts 1.2659 J to 1.265.
  it('come out to the digits printed once a layer is rounded as the paper rounds it', () => {
    const dense = 16 * Number((mixing.dense / 1e9).toPrecision(3));
    expect(dense.toFixed(1)).toBe('275.2');
    const { denseJoules } = operationEnergy({ dense: dense * 1e9, macs: 0, acs: 0 });
    expect(Math.floor(denseJoules * 1000) / 1000).toBe(1.265);

    const spiking = 16 * Number(((0.264 * dense) / 16).toFixed(3));
    expect(spiking.toFixed(2)).toBe('72.66');
    const { joules } = operationEnergy({ dense: 0, macs: 0, acs: spiking * 1e9 });
    expect((joules * 1e3).toFixed(1)).toBe('65.4');
  });
});

describe('operationsOf', () => {
  const config = {
    H: 8,
    N: 4,
    layers: 2,
    bidirectional: false,
    inputs: { kind: 'real', size: 3 },
    classes: 5,
    pool: 'mean',
  } as const;

  it('reads a configuration', () => {
    const result = operationsOf(config, 10, [0.5, 0.25], 0.2);
    expect(result.encoder).toEqual({ dense: 240, macs: 48, acs: 0 });
    expect(result.layers.map(({ mixing }) => mixing.acs)).toEqual([640, 320]);
    expect(result.head.macs).toBe(40);
  });

  it('counts nothing for a table of tokens, and a head at every step without a pool', () => {
    const tokens = { ...config, inputs: { kind: 'tokens', size: 100 }, pool: 'none' } as const;
    const result = operationsOf(tokens, 10, [0, 0]);
    expect(result.encoder.dense).toBe(0);
    expect(result.head.dense).toBe(400);
    expect(operationsOf({ ...config, bidirectional: true }, 10, [0, 0]).layers[0].stateSpace.dense).toBe(
      (4 * 4 * 2 + 1) * 8 * 10,
    );
  });

  it('counts both maps of a head of pairs', () => {
    // 4 * 8 * 8 and 8 * 5.
    expect(operationsOf({ ...config, pairs: true }, 10, [0, 0]).head.dense).toBe(256 + 40);
  });

  it('adds the weights of inputs that are -1, 0 or 1', () => {
    const { encoder, total } = operationsOf(config, 10, [0, 0], 0.2, true);
    expect(encoder).toEqual({ dense: 240, macs: 0, acs: 48 });
    expect(total.acs).toBe(48);
  });

  it('counts every part of an adaptive softmax', () => {
    const adaptive = { cutoffs: [10, 40], divide: 2 };
    const tokens = {
      ...config,
      inputs: { kind: 'tokens', size: 100 },
      classes: 100,
      pool: 'none',
      adaptive,
    } as const;
    const result = operationsOf(tokens, 10, [0, 0]);
    expect(result.encoder.dense).toBe(640);
    // A step: [8 -> 8 -> 10, and two entries], [8 -> 4 -> 30], [8 -> 2 -> 60].
    expect(result.head.dense).toBeCloseTo(10 * (8 * 18 + 8 * 2 + 4 * 38 + 2 * 68), 6);
  });

  it('needs a rate for each layer', () => {
    expect(() => operationsOf(config, 10, [0.5])).toThrow('operationsOf: 2 layers need 2 rates, got 1');
  });
});
