import { addon } from '../../backend/native/addon.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel, HostTensor } from '../operation.js';

/** As the reference, in float32. */
export const forward: HostKernel = ({ x }) => {
  const [rows, H] = [x.shape[0], x.shape[1] / 2];
  const y: HostTensor = blank([rows, H]);
  addon().glu(rows, H, floats(x), null, floats(y));
  return [y];
};

export const backward: HostKernel = ({ x, dy0 }) => {
  const dx = like(x);
  addon().glu(x.shape[0], x.shape[1] / 2, floats(x), floats(dy0), floats(dx));
  return [dx];
};
