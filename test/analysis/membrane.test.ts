import { describe, expect, it } from 'vitest';
import { membrane } from '../../src/analysis/membrane.js';

describe('membrane', () => {
  it('follows the hard reset by hand', () => {
    // v: 0.5, 0.25 + 0.75 = 1 (spikes: >=), 0 + 0.6, 0.3 + 1.2 = 1.5 (spikes), 0 + 0.1
    const { v, u, spikes } = membrane([0.5, 0.75, 0.6, 1.2, 0.1], { tau: 0.5 });
    expect([...v]).toEqual([0.5, 1, 0.6, 1.5, 0.1]);
    expect([...u]).toEqual([0.5, 0, 0.6, 0, 0.1]);
    expect([...spikes]).toEqual([0, 1, 0, 1, 0]);
  });

  it('keeps what is above the threshold with the soft reset', () => {
    const { v, u, spikes } = membrane([1.5, 0.75, 0.5], { tau: 0.5, reset: 'soft' });
    expect([...v]).toEqual([1.5, 1, 0.5]);
    expect([...u]).toEqual([0.5, 0, 0.5]);
    expect([...spikes]).toEqual([1, 1, 0]);
  });

  it('resets to v_reset and takes any threshold', () => {
    const { v, spikes } = membrane([2, 1], { tau: 0.5, threshold: 2, v_reset: -1 });
    expect([...v]).toEqual([2, 0.5]);
    expect([...spikes]).toEqual([1, 0]);
  });

  it('refuses what it cannot compute', () => {
    expect(() => membrane([1], { tau: 2 })).toThrow(
      'membrane: tau must be in (0, 1), got 2 (for a time constant T pass exp(-1/T))',
    );
    expect(() => membrane([1, Number.NaN], { tau: 0.5 })).toThrow(
      'membrane: the current at step 1 is NaN, not a finite number',
    );
    expect(() => membrane([1], { tau: 0.5, threshold: 0 })).toThrow('threshold must be above 0, got 0');
    expect(() => membrane([1], { tau: 0.5, tresh: 1 } as never)).toThrow('unknown option "tresh"');
  });
});
