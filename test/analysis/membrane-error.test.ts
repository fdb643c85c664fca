import { describe, expect, it } from 'vitest';
import { membraneError } from '../../src/analysis/membrane-error.js';
import { random } from '../../src/random.js';

const source = random(1);
const noise = Float64Array.from({ length: 4000 }, () => source.normal());

describe('membraneError', () => {
  it('is small for the network and the noise that belong together', () => {
    const result = membraneError(noise);
    expect(result.agreement).toBeGreaterThan(0.999);
    expect(result.meanError).toBeLessThan(0.01);
    const differing = result.spikes.filter((spike, t) => spike !== result.predictedSpikes[t]).length;
    expect(result.agreement).toBeCloseTo(1 - differing / 4000, 12);
    expect(result.maxError).toBe(Math.max(...result.error.map(Math.abs)));
  });

  it('is that of exact and predicted potential, which begin at rest', () => {
    const { exact, predicted, error } = membraneError([0.5, 0.25, 2, 0.1]);
    // tau * u: 0, 0.0625, 0.125 * 0.3125; the spike at step 2 leaves 0.
    expect([...exact]).toEqual([0, 0.0625, 0.0390625, 0]);
    expect([...error]).toEqual([...predicted].map((p, t) => p - exact[t]));
  });

  it('grows where the neuron remembers further than the network sees', () => {
    expect(membraneError(noise, { tau: 0.9 }).agreement).toBeLessThan(0.99);
  });

  it('names the networks there are', () => {
    expect(() => membraneError(noise, { tau: 0.3 })).toThrow(
      'no membrane network for tau = 0.3 comes with the package',
    );
    expect(() => membraneError([])).toThrow(
      'membraneError: the current must have at least one step, got none',
    );
  });
});
