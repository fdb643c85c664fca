import { type HostKernel, type HostTensor, zerosLike } from '../operation.js';
import { surrogateNamed } from '../surrogate.js';
import { eachWindow, predictor } from './predictor.js';

/**
 * Surrogate dynamic network: predicts the decayed membrane potential tau u[t-1] of every step from the eight inputs
 * before it, all steps independently, and fires where it and the input reach the threshold 1:
 *   p[t] = network(x[t-8..t-1]);  s[t] = p[t] + x[t] >= 1
 * inputs: x [batch, L, H], past [batch, 8, H], w1 [8, 1, 8], b1 [8], w2 [8, 8, 1], b2 [8], w3 [1, 8, 1], b3 [1];
 * scale [batch, H] or absent: what a spike counts; output: s [batch, L, H], times scale.
 */
export const forward: HostKernel = (inputs) => {
  const { x, past, scale } = inputs;
  const spikes = zerosLike(x.values, x.values.length);
  const { predict } = predictor(inputs);
  eachWindow(x, past, (window, at) => {
    for (let t = 0; t < x.shape[1]; t++)
      spikes[at(t)] = predict(window, t) + x.values[at(t)] >= 1 ? factorAt(scale, x, at(t)) : 0;
  });
  return [{ values: spikes, shape: x.shape }];
};

/**
 * The prediction is a constant to the gradient: only x[t] itself carries it, through the surrogate.
 * inputs: those of `forward`, dy0 for s; outputs: the gradient of x, then zeros for every other input.
 */
export const backward: HostKernel = (inputs, attributes) => {
  const { x, past, dy0, scale } = inputs;
  const { slope } = surrogateNamed('sdn', attributes.surrogate as string);
  const dx = zerosLike(x.values, x.values.length);
  const { predict } = predictor(inputs);
  eachWindow(x, past, (window, at) => {
    for (let t = 0; t < x.shape[1]; t++) {
      dx[at(t)] =
        dy0.values[at(t)] * factorAt(scale, x, at(t)) * slope(predict(window, t) + x.values[at(t)] - 1);
    }
  });
  return [{ values: dx, shape: x.shape }, ...[past, ...weightsOf(inputs)].map((of) => zeros(of, x))];
};

/** The entry of scale [batch, H] for element `at` of x [batch, L, H]; 1 where there is no scale. */
export function factorAt(scale: HostTensor | undefined, { shape: [, L, H] }: HostTensor, at: number): number {
  return scale ? scale.values[Math.floor(at / (L * H)) * H + (at % H)] : 1;
}

/** The six weight tensors in the order of the operation's inputs. */
export function weightsOf({ w1, b1, w2, b2, w3, b3 }: Record<string, HostTensor>): HostTensor[] {
  return [w1, b1, w2, b2, w3, b3];
}

export function zeros({ values, shape }: HostTensor, like: HostTensor): HostTensor {
  return { values: zerosLike(like.values, values.length), shape };
}
