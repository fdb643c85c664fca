import { type HostKernel, type HostTensor, zerosLike } from '../operation.js';
import { surrogateNamed } from '../surrogate.js';

/**
 * Leaky integrate-and-fire, one step after the other; potentials in units of the threshold, v_th = 1:
 *   v[t] = tau u[t-1] + x[t];   s[t] = v[t] >= 1
 *   u[t] = (1 - s[t]) v[t] + s[t] v_reset      hard reset
 *   u[t] = v[t] - s[t]                         soft reset
 * inputs: x [batch, L, H], u [batch, H]; outputs: s [batch, L, H], u after the last step [batch, H].
 * u is kept in the precision of x between steps, so that a sequence cut in two gives the same spikes as the whole.
 */
export const forward: HostKernel = ({ x, u }, attributes) => {
  const spikes = zerosLike(x.values, x.values.length);
  const final = zerosLike(x.values, u.values.length);
  eachNeuron(x, u, attributes, (neuron, at, v) => {
    for (let t = 0; t < v.length; t++) spikes[at(t)] = v[t] >= 1 ? 1 : 0;
    final[neuron] = reset(v[v.length - 1], attributes);
  });
  return [
    { values: spikes, shape: x.shape },
    { values: final, shape: u.shape },
  ];
};

/**
 * Backward through time: the step function's derivative is the surrogate's slope(v - 1), the reset is detached.
 * `gradient: 'sltt'` also detaches u[t-1] from each step.
 * inputs: those of `forward`, dy0 for s, dy1 for the last u; outputs: gradients of x and u.
 */
export const backward: HostKernel = ({ x, u, dy0, dy1 }, attributes) => {
  const { slope } = surrogateNamed('lif', attributes.surrogate as string);
  const carried = attributes.gradient === 'bptt' ? Math.fround(attributes.tau as number) : 0;
  const dx = zerosLike(x.values, x.values.length);
  const du = zerosLike(x.values, u.values.length);
  eachNeuron(x, u, attributes, (neuron, at, v) => {
    let gradient = dy1.values[neuron]; // of u[t]
    for (let t = v.length - 1; t >= 0; t--) {
      const kept = attributes.reset === 'hard' && v[t] >= 1 ? 0 : gradient;
      const ofV = dy0.values[at(t)] * slope(v[t] - 1) + kept;
      dx[at(t)] = ofV;
      gradient = carried * ofV;
    }
    du[neuron] = gradient;
  });
  return [
    { values: dx, shape: x.shape },
    { values: du, shape: u.shape },
  ];
};

/** Runs every neuron (a channel of an example) through time and hands out its v[0..L-1] before reset. */
function eachNeuron(
  x: HostTensor,
  u: HostTensor,
  attributes: Parameters<HostKernel>[1],
  visit: (neuron: number, at: (t: number) => number, v: ReturnType<typeof zerosLike>) => void,
): void {
  const [batch, L, H] = x.shape;
  const tau = Math.fround(attributes.tau as number);
  const v = zerosLike(x.values, L);
  const last = zerosLike(x.values, 1); // rounds u to the precision of x
  for (let neuron = 0; neuron < batch * H; neuron++) {
    const start = Math.floor(neuron / H) * L * H + (neuron % H);
    last[0] = u.values[neuron];
    for (let t = 0; t < L; t++) {
      v[t] = tau * last[0] + x.values[start + t * H];
      last[0] = reset(v[t], attributes);
    }
    visit(neuron, (t) => start + t * H, v);
  }
}

function reset(v: number, attributes: Parameters<HostKernel>[1]): number {
  if (v < 1) return v;
  return attributes.reset === 'hard' ? (attributes.v_reset as number) : v - 1;
}
