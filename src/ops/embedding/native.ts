import { addon } from '../../backend/native/addon.js';
import { blank, floats, integers, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';

declare module '../../backend/native/addon.js' {
  interface Addon {
    /** Rows of the table; with dy instead of a table: the gradient of the table. */
    embedding(
      size: number,
      H: number,
      count: number,
      tokens: Int32Array,
      table: Float32Array | null,
      dy: Float32Array | null,
      out: Float32Array,
    ): void;
  }
}

/** As the reference, in float32. */
export const forward: HostKernel = ({ table, tokens }) => {
  const [size, H] = table.shape;
  const [batch, L] = tokens.shape;
  const y = blank([batch, L, H]);
  addon().embedding(size, H, batch * L, integers(tokens), floats(table), null, floats(y));
  return [y];
};

export const backward: HostKernel = ({ table, tokens, dy0 }) => {
  const [size, H] = table.shape;
  const gradient = like(table);
  const count = tokens.values.length;
  addon().embedding(size, H, count, integers(tokens), null, floats(dy0), floats(gradient));
  return [gradient];
};
