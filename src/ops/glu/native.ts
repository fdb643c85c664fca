import { addon } from '../../backend/native/addon.js';
import { floats, type HostKernel, type HostTensor, like } from '../operation.js';

/** As the reference, in float32. */
export const forward: HostKernel = ({ x }) => {
  const [rows, H] = [x.shape[0], x.shape[1] / 2];
  const y: HostTensor = { values: new Float32Array(rows * H), shape: [rows, H] };
  addon().glu(rows, H, floats(x), null, floats(y));
  return [y];
};

export const backward: HostKernel = ({ x, dy0 }) => {
  const dx = like(x);
  addon().glu(x.shape[0], x.shape[1] / 2, floats(x), floats(dy0), floats(dx));
  return [dx];
};
