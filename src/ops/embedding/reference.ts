import { type HostKernel, rounded, zerosLike } from '../operation.js';

/** y[b, t] = table[tokens[b, t]]. inputs: table [size, H], tokens [batch, L]; output: y [batch, L, H]. */
export const forward: HostKernel = ({ table, tokens }) => {
  const H = table.shape[1];
  const y = zerosLike(table.values, tokens.values.length * H);
  tokens.values.forEach((token, i) => {
    y.set(table.values.subarray(token * H, (token + 1) * H), i * H);
  });
  return [{ values: y, shape: [...tokens.shape, H] }];
};

/** inputs: those of `forward`, dy0 for y; output: the gradient of the table. */
export const backward: HostKernel = ({ table, tokens, dy0 }) => {
  const H = table.shape[1];
  const sums = new Float64Array(table.values.length);
  tokens.values.forEach((token, i) => {
    for (let c = 0; c < H; c++) sums[token * H + c] += dy0.values[i * H + c];
  });
  return [{ values: rounded(sums, table.values), shape: table.shape }];
};
