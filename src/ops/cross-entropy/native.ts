import { addon } from '../../backend/native/addon.js';
import { blank, floats, integers, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** Each row's log sum of exponentials, its loss, and 1 where its first largest logit is y's. */
    crossEntropy(
      rows: number,
      classes: number,
      logits: Float32Array,
      y: Int32Array,
      logSums: Float32Array,
      losses: Float32Array,
      correct: Float32Array,
    ): void;
    /** out = factor (softmax(logits) - one hot). */
    crossEntropyGradient(
      rows: number,
      classes: number,
      logits: Float32Array,
      y: Int32Array,
      logSums: Float32Array,
      factor: number,
      out: Float32Array,
    ): void;
  }
}

/** As the reference, in float32. */
export const forward: HostKernel = ({ logits, y }) => {
  const [rows, classes] = logits.shape;
  const logSums = blank([rows]);
  const [losses, correct] = [new Float32Array(rows), new Float32Array(rows)];
  addon().crossEntropy(rows, classes, floats(logits), integers(y), floats(logSums), losses, correct);
  const total = (of: Float32Array): number => of.reduce((sum, value) => sum + value, 0);
  const scalar = (value: number) => ({ values: Float32Array.of(value), shape: [] });
  return [scalar(total(losses) / rows), scalar(total(correct)), logSums];
};

export const backward: HostKernel = ({ logits, y, y2, dy0 }) => {
  const [rows, classes] = logits.shape;
  const out = like(logits);
  const factor = dy0.values[0] / rows;
  addon().crossEntropyGradient(rows, classes, floats(logits), integers(y), floats(y2), factor, floats(out));
  return [out];
};
