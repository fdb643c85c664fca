import { addon } from '../../backend/native/addon.js';
import { noNeuron } from '../native-neuron.js';
import { blank, floats, like } from '../native-tensor.js';
import type { HostKernel } from '../operation.js';
import { systemOf } from './native-system.js';

/** As the reference; a third output holds states along the way for `backward`, if attribute `keep` asks for them. */
export const forward: HostKernel = (inputs, { keep }) => {
  const { x, state } = inputs;
  const { shape, system } = systemOf(inputs);
  const [y, final] = [like(x), like(state)];
  const checkpoints = blank([keep ? addon().checkpointFloats(...shape) : 0]);
  addon().scanForward(
    ...shape,
    ...system,
    false,
    ...noNeuron,
    floats(x),
    floats(state),
    null,
    null,
    floats(y),
    null,
    keep ? floats(checkpoints) : null,
    floats(final),
    null,
  );
  return keep ? [y, final, checkpoints] : [y, final];
};

export const backward: HostKernel = (inputs) => {
  const { x, log_dt, log_A_real, A_imag, B, C, D, state, dy0, dy1, y2 } = inputs;
  const { shape, system } = systemOf(inputs);
  const [dx, ofDt, ofReal, ofImag, ofB, ofC, ofD, ofState] = [
    x,
    log_dt,
    log_A_real,
    A_imag,
    B,
    C,
    D,
    state,
  ].map(like);
  addon().scanBackward(
    ...shape,
    ...system,
    false,
    ...noNeuron,
    floats(x),
    null,
    null,
    null,
    floats(y2),
    floats(dy0),
    floats(dy1),
    null,
    floats(dx),
    floats(ofDt),
    floats(ofReal),
    floats(ofImag),
    floats(ofC),
    floats(ofD),
    floats(ofB),
    floats(ofState),
    null,
  );
  return [dx, ofDt, ofReal, ofImag, ofB, ofC, ofD, ofState];
};
