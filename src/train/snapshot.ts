import type { Model } from '../layers/model.js';
import * as tf from '../tf.js';
import { variablesOf } from './fill-model.js';

/** Copies a model's parameters and buffers, in host memory. @returns what puts them back */
export function snapshot(model: Model): () => void {
  const kept = Object.values(variablesOf(model)).map((variable) => ({
    variable,
    values: variable.dataSync().slice(),
  }));
  return () => {
    for (const { variable, values } of kept) {
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, variable.dtype)));
    }
  };
}
