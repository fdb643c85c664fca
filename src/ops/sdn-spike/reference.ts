import { type HostKernel, zerosLike } from '../operation.js';
import { eachWindow, predictor } from '../sdn/predictor.js';
import { factorAt, weightsOf, zeros } from '../sdn/reference.js';
import { surrogateNamed } from '../surrogate.js';

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
 * The gradient passes the network by: only x[t] itself carries it, as it is, or times a surrogate's slope at x[t] - 1.
 * inputs: those of `forward`, dy0 for s; attribute `slope`: the surrogate's name, empty straight through;
 * outputs: the gradient of x, then zeros for every other input.
 */
export const backward: HostKernel = (inputs, { slope: name }) => {
  const { x, past, dy0, scale } = inputs;
  const slope = name === '' ? () => 1 : surrogateNamed('sdnSpike', name as string).slope;
  const dx = zerosLike(x.values, x.values.length);
  for (let at = 0; at < dx.length; at++)
    dx[at] = dy0.values[at] * factorAt(scale, x, at) * slope(x.values[at] - 1);
  return [{ values: dx, shape: x.shape }, ...[past, ...weightsOf(inputs)].map((of) => zeros(of, x))];
};
