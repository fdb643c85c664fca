import { afterEach, expect, it, vi } from 'vitest';
import { notebookScale } from '../../src/recipes/scale.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('is what SPIKINGSSM_SCALE says, small where it says nothing', () => {
  for (const scale of ['tiny', 'small', 'paper'] as const) {
    vi.stubEnv('SPIKINGSSM_SCALE', scale);
    expect(notebookScale()).toBe(scale);
  }
  vi.stubEnv('SPIKINGSSM_SCALE', '');
  expect(notebookScale()).toBe('small');
});

it('names the nearest scale for a misspelt one', () => {
  vi.stubEnv('SPIKINGSSM_SCALE', 'tinny');
  expect(() => notebookScale()).toThrow(
    'unknown scale "tinny" (did you mean "tiny"? known: tiny, small, paper)',
  );
});
