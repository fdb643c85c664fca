import { execute } from '../../backend/tensorflow/execute.js';
import * as tf from '../../tf.js';
import type { Attributes, TensorKernel } from '../operation.js';
import { surrogateNamed } from '../surrogate.js';
import { fromTheEnd, inSpans, SPAN } from './spans.js';
import { stepByStep } from './step-by-step.js';

/** Of a layer's neurons, how many may be left to the host, and steps of theirs at most: some 20 ms. */
const SHARE = 1 / 16;
const MOST_STEPS = 2 ** 22;

/**
 * As the reference, four operations a step. The sequence is cut into spans whose steps are taken together: each span
 * begins with a guess of what the one before leaves behind, first what its last steps alone do, then what it left in the
 * round before, until that is what it began with. Every step then has had its own past: the numbers are those of one
 * loop, to the bit. A round makes one more span right at least; as neurons forget, the first guess is right for most
 * sequences and short memories. The few neurons that stay out of step for long, because one step is a spike with one past and
 * none with the other, would have all others wait for them: the host takes their steps.
 * The potentials before reset are a note for `backward`.
 */
export const forward: TensorKernel = ({ x, u }, attributes) => {
  const [, L, H] = x.shape as [number, number, number];
  const spans = Math.ceil(L / SPAN);
  const inputs = tf.unstack(inSpans(x), 2);
  const first = tf.expandDims(u, 1);
  const step = neuron(attributes);
  /** Of what each span begins with, the potentials of its steps, and what the next begins with. */
  const through = (before: tf.Tensor, steps: tf.Tensor[]): [v: tf.Tensor, after: tf.Tensor] =>
    tf.tidy(() => {
      const potentials: tf.Tensor[] = [];
      let last = before;
      for (const input of steps) {
        const [v, left] = step(last, input);
        potentials.push(v);
        last = left;
      }
      const rest = tf.slice(last, [0, 0, 0], [-1, spans - 1, -1]);
      return [tf.stack(potentials, 2), tf.concat([first, rest], 1)];
    });
  const remembered = inputs.slice(-memory(attributes.tau as number));
  let [, before] = spans === 1 ? [x, first] : through(tf.zeros([u.shape[0], spans, H]), remembered);
  for (let round = 1; ; round++) {
    const [v, after] = through(before, inputs);
    // Where numbers are not finite they equal nothing, hence the count.
    const late = round < spans ? differing(before, after) : [];
    if (late.length <= SHARE * u.size && late.length * L <= MOST_STEPS) {
      const made = tf.slice(tf.reshape(v, [u.shape[0], -1, H]), [0, 0, 0], [-1, L, -1]);
      const all = late.length === 0 ? made : stepByStep(made, { x, u }, late, attributes);
      const end = tf.reshape(tf.slice(all, [0, L - 1, 0], [-1, 1, -1]), u.shape);
      const [, last] = step(tf.zerosLike(end), end);
      return [tf.cast(tf.greaterEqual(all, 1), 'float32'), last, all];
    }
    tf.dispose([before, v]);
    before = after;
  }
};

export const backward: TensorKernel = ({ u, dy0, dy1, y2: v }, attributes) => {
  const { tensor: slope } = surrogateNamed('lif', attributes.surrogate as string);
  // What of a step's potential is left after it: all, or nothing where a hard reset follows a spike.
  const kept = attributes.reset === 'hard' ? tf.cast(tf.less(v, 1), 'float32') : tf.onesLike(v);
  const [, L] = v.shape as number[];
  const ofEnd = tf.mul(tf.slice(kept, [0, L - 1, 0], [-1, 1, -1]), tf.expandDims(dy1, 1));
  const [untilEnd, end] = tf.split(tf.mul(dy0, slope(tf.sub(v, 1))), [L - 1, 1], 1);
  const own = tf.concat([untilEnd, tf.add(end, ofEnd)], 1);
  if (attributes.gradient === 'sltt') return [own, tf.zerosLike(u)];
  const tau = attributes.tau as number;
  const ofV = fromTheEnd(own, tf.mul(kept, tau));
  return [ofV, tf.mul(tf.reshape(tf.slice(ofV, [0, 0, 0], [-1, 1, -1]), u.shape), tau)];
};

const FLOAT = { T: 'float32' } as const;

/** One step: of u before it and its input, v and u after it. */
function neuron({
  tau,
  reset,
  v_reset,
}: Attributes): (u: tf.Tensor, input: tf.Tensor) => [v: tf.Tensor, u: tf.Tensor] {
  const [decay, threshold, value] = [tau, 1, v_reset].map((number) => tf.scalar(number as number));
  return (u, input) => {
    const v = execute('AddV2', FLOAT, [execute('Mul', FLOAT, [decay, u]), input]);
    const fired = execute('GreaterEqual', FLOAT, [v, threshold]);
    return [
      v,
      reset === 'hard' ? execute('SelectV2', FLOAT, [fired, value, v]) : tf.sub(v, tf.cast(fired, 'float32')),
    ];
  };
}

/** Steps after which the rest of what was before, 2^-40 of it, is lost in rounding. */
function memory(tau: number): number {
  return Math.ceil(-40 / Math.log2(tau));
}

/** Places in [batch * H] of the neurons for which the two, [batch, spans, H], differ in any span. */
function differing(a: tf.Tensor, b: tf.Tensor): number[] {
  const flags = tf.tidy(() => tf.any(tf.notEqual(a, b), 1).dataSync());
  const found: number[] = [];
  flags.forEach((flag, place) => {
    if (flag) found.push(place);
  });
  return found;
}
