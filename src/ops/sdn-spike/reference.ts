import { type HostKernel, zerosLike } from '../operation.js';
import { eachWindow, predictor, TAPS } from '../sdn/predictor.js';
import { factorAt, weightsOf, zeros } from '../sdn/reference.js';

/**
 * SDN-S: the network predicts the spike itself from the eight inputs up to and including x[t]:
 *   p[t] = network(x[t-7..t]);  s[t] = p[t] >= 1/2
 * inputs and output as those of `Sdn`.
 */
export const forward: HostKernel = (inputs) => {
  const { x, past, scale } = inputs;
  const spikes = zerosLike(x.values, x.values.length);
  const { predict } = predictor(inputs);
  eachWindow(x, past, (window, at) => {
    for (let t = 0; t < x.shape[1]; t++)
      spikes[at(t)] = predict(window, t + 1) >= 0.5 ? factorAt(scale, x, at(t)) : 0;
  });
  return [{ values: spikes, shape: x.shape }];
};

/**
 * Straight through: the step passes the gradient on to p unchanged, and from there it takes the way of the network.
 * inputs: those of `forward`, dy0 for s; outputs: the gradients of x and past, zeros for the frozen weights.
 */
export const backward: HostKernel = (inputs) => {
  const { x, past, dy0, scale } = inputs;
  const L = x.shape[1];
  const dx = zerosLike(x.values, x.values.length);
  const dPast = zerosLike(x.values, past.values.length);
  const network = predictor(inputs);
  eachWindow(x, past, (window, at, pastAt) => {
    const dWindow = new Float64Array(TAPS + L);
    for (let t = 0; t < L; t++) {
      network.predict(window, t + 1);
      network.backward(dy0.values[at(t)] * factorAt(scale, x, at(t)), dWindow, t + 1);
    }
    for (let t = 0; t < L; t++) dx[at(t)] = dWindow[TAPS + t];
    for (let k = 0; k < TAPS; k++) dPast[pastAt(k)] = dWindow[k];
  });
  return [
    { values: dx, shape: x.shape },
    { values: dPast, shape: past.shape },
    ...weightsOf(inputs).map((of) => zeros(of, x)),
  ];
};
