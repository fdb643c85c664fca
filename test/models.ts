import { afterEach } from 'vitest';
import type { SpikingSSMOptions } from '../src/layers/config.js';
import { type SpikingSSM, spikingSSM } from '../src/layers/spiking-ssm.js';

/** A maker of models with `defaults`, without a norm unless they name one; what it made is disposed after each test. */
export function models(defaults: SpikingSSMOptions): (options?: Partial<SpikingSSMOptions>) => SpikingSSM {
  let made: SpikingSSM[] = [];
  afterEach(() => {
    for (const model of made) model.dispose();
    made = [];
  });
  return (options = {}) => {
    const model = spikingSSM({ norm: 'none', ...defaults, ...options });
    made.push(model);
    return model;
  };
}
