import type { Model } from '../layers/model.js';

/** A model's buffers as they were: running statistics, which a step changes on its way forward. */
export interface KeptBuffers {
  /** Puts them back. */
  restore(): void;
  dispose(): void;
}

export function keepBuffers(model: Model): KeptBuffers {
  const kept = Object.entries(model.buffers).map(([name, value]) => ({ name, value: value.clone() }));
  return {
    restore: () => {
      for (const { name, value } of kept) model.buffers[name].assign(value);
    },
    dispose: () => {
      for (const { value } of kept) value.dispose();
    },
  };
}
