import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as ops from '../../src/ops/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { forms, selectForm, skipMissingForms } from './backends.js';
import { type Host, normal, tensor } from './case.js';

/** A sequence of odd length, cut where a window of eight steps is full, almost full, and at either end. */
const [BATCH, L, H, M] = [2, 23, 3, 2];
const CUTS = [1, 2, 7, 8, 9, 15, 22];

type Stateful = (x: tf.Tensor3D, state?: tf.Tensor) => [tf.Tensor3D, tf.Tensor];

const made = ({ shape, values }: Host): tf.Tensor => tf.tensor(values, shape);

function s4d(x: tf.Tensor3D, state?: tf.Tensor): [tf.Tensor3D, tf.Tensor] {
  const source = random(3);
  const parameters = {
    log_dt: made(tensor([H], () => Math.log(0.05) + source.normal())),
    log_A_real: made(normal(source, [H, M], 0.5)),
    A_imag: made(tensor([H, M], (i) => Math.PI * (i % M))),
    C: made(normal(source, [1, H, M, 2])),
    D: made(normal(source, [H])),
  };
  return ops.s4d(x, parameters as unknown as ops.S4dParameters, state as tf.Tensor4D | undefined);
}

function network(): ops.SdnWeights {
  const source = random(4);
  const [w1, b1] = [normal(source, [8, 1, 8], 0.4), normal(source, [8], 0.3)];
  const [w2, b2] = [normal(source, [8, 8, 1], 0.3), normal(source, [8], 0.3)];
  const [w3, b3] = [normal(source, [1, 8, 1], 0.4), normal(source, [1], 0.3)];
  const weights = Object.entries({ w1, b1, w2, b2, w3, b3 }).map(([name, host]) => [name, made(host)]);
  return Object.fromEntries(weights) as ops.SdnWeights;
}

function sdn(x: tf.Tensor3D, state?: tf.Tensor): [tf.Tensor3D, tf.Tensor] {
  const [spikes, last] = ops.sdn(x, network(), {}, state as tf.Tensor3D | undefined);
  return [spikes, last];
}

const lif = (options: ops.LifOptions): Stateful => {
  return (x, state) => ops.lif(x, options, state as tf.Tensor2D | undefined);
};

const operations: [name: string, run: Stateful, spiking: boolean][] = [
  ['s4d', s4d, false],
  ['lif', lif({ tau: 0.8 }), true],
  ['lif, soft reset', lif({ tau: 0.8, reset: 'soft' }), true],
  ['lif, v_reset -0.5', lif({ tau: 0.8, v_reset: -0.5 }), true],
  ['sdn', sdn, true],
  ['sdnSpike', (x, state) => ops.sdnSpike(x, network(), {}, state as tf.Tensor3D | undefined), true],
];

skipMissingForms();

describe.each(forms)('$backend', ({ backend, forward }) => {
  beforeAll(() => selectForm(backend));
  afterAll(() => selectForm('cpu'));

  describe.each(operations)('%s', (_, run, spiking) => {
    const whole = () => tf.tidy(() => numbers(run(input())));

    /** The sequence in parts of the given lengths, each beginning with the state that the one before left. */
    const inParts = (lengths: number[]) =>
      tf.tidy(() => {
        const outputs: tf.Tensor3D[] = [];
        let state: tf.Tensor | undefined;
        tf.split<tf.Tensor3D>(input(), lengths, 1).forEach((part) => {
          const [y, next] = run(part, state);
          outputs.push(y);
          state = next;
        });
        return numbers([tf.concat(outputs, 1), state as tf.Tensor]);
      });

    const expectSame = (lengths: number[]) => {
      const [expected, got] = [whole(), inParts(lengths)];
      if (spiking) expect(got.y).toEqual(expected.y);
      else expectClose(got.y, expected.y, forward, 'outputs');
      expectClose(got.state, expected.state, forward, 'final state');
    };

    test.each(CUTS)('cut after step %i', (cut) => expectSame([cut, L - cut]));

    test('token by token', () => expectSame(new Array(L).fill(1)));

    test('the state matters: without it the second part comes out otherwise', () => {
      const { y, state } = whole();
      const [, fresh] = tf.tidy(() => {
        const [first, second] = tf.split<tf.Tensor3D>(input(), [9, L - 9], 1);
        return [numbers(run(first)), numbers(run(second))];
      });
      const tail = y.filter((_, i) => Math.floor(i / H) % L >= 9);
      expect([...fresh.y, ...fresh.state]).not.toEqual([...tail, ...state]);
      if (spiking) expect(new Set(y)).toEqual(new Set([0, 1]));
    });
  });
});

function input(): tf.Tensor3D {
  return made(normal(1, [BATCH, L, H])) as tf.Tensor3D;
}

function numbers([y, state]: [tf.Tensor, tf.Tensor]): { y: number[]; state: number[] } {
  return { y: [...y.dataSync()], state: [...state.dataSync()] };
}
