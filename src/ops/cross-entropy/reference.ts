import { type HostKernel, zerosLike } from '../operation.js';

/**
 * inputs: logits [rows, classes], y [rows]; outputs: loss, the number of rows whose first largest logit is y's, and as
 * a note for the gradient log sum_c exp(logits[r, c]) of each row.
 */
export const forward: HostKernel = ({ logits, y }) => {
  const [rows, classes] = logits.shape;
  const logSums = zerosLike(logits.values, rows);
  let [loss, correct] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const row = logits.values.subarray(r * classes, (r + 1) * classes);
    let best = 0;
    for (let c = 1; c < classes; c++) if (row[c] > row[best]) best = c;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(row[c] - row[best]);
    const logSum = row[best] + Math.log(sum);
    logSums[r] = logSum;
    loss += logSum - row[y.values[r]];
    if (best === y.values[r]) correct++;
  }
  const scalar = (value: number) => ({ values: zerosLike(logits.values, 1).fill(value), shape: [] });
  return [scalar(loss / rows), scalar(correct), { values: logSums, shape: [rows] }];
};

/** inputs: those of `forward`, the note y2, dy0 for the loss; output: the gradient of logits, (softmax - one hot) dy / rows. */
export const backward: HostKernel = ({ logits, y, y2, dy0 }) => {
  const [rows, classes] = logits.shape;
  const factor = dy0.values[0] / rows;
  const gradient = logits.values.map(
    (value, i) => factor * Math.exp(value - y2.values[Math.floor(i / classes)]),
  );
  y.values.forEach((label, r) => {
    gradient[r * classes + label] -= factor;
  });
  return [{ values: gradient, shape: logits.shape }];
};
