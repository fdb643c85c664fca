import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableBackends } from '../../src/backend/index.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import { type SpikingSSM, spikingSSM } from '../../src/layers/spiking-ssm.js';
import { lif } from '../../src/neurons/index.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { selectForm } from '../ops/backends.js';

const BATCH = 2;
const L = 23;
const small: SpikingSSMOptions = {
  classes: 4,
  H: 37,
  N: 10,
  layers: 2,
  neuron: 'bptt',
  norm: 'none',
  seed: 3,
};
const variants: [string, Partial<SpikingSSMOptions>][] = [
  ['no norm', {}],
  ['layer norm before', { norm: { placement: 'pre', kind: 'layer' } }],
  ['layer norm behind', { norm: { placement: 'post', kind: 'layer' } }],
  ['batch norm', { norm: { placement: 'pre', kind: 'batch' } }],
  ['tokens', { inputs: { kind: 'tokens', size: 5 } }],
  ['several inputs', { inputs: { kind: 'real', size: 3 } }],
  ['last step', { pool: 'last' }],
  ['soft reset', { neuron: lif({ reset: 'soft', tau: 0.6 }) }],
  ['trained B', { trainableB: true, N: 4 }],
  ['many modes', { N: 68, H: 5 }],
];

/** Logits after each step. */
function stepped(model: SpikingSSM, inputs: tf.Tensor): number[][] {
  return tf.tidy(() => {
    let state = model.initialState(BATCH);
    return tf.unstack(inputs, 1).map((x) => {
      const [logits, next] = model.step(x, state);
      state = next;
      return [...logits.dataSync()];
    });
  });
}

function inputsFor({ config }: SpikingSSM): tf.Tensor {
  const source = random(8);
  const { kind, size } = config.inputs;
  if (kind === 'tokens') {
    const tokens = Int32Array.from({ length: BATCH * L }, () => Math.floor(source.uniform() * size));
    return tf.tensor(tokens, [BATCH, L], 'int32');
  }
  const x = Float32Array.from({ length: BATCH * L * size }, () => 3 * source.normal());
  return tf.tensor(x, [BATCH, L, size]);
}

describe.skipIf(availableBackends().native !== true)('step on native', () => {
  beforeAll(() => selectForm('native'));
  afterAll(() => selectForm('cpu'));

  test.each(variants)('gives what the whole sequence gives: %s', (_, options) => {
    const model = spikingSSM({ ...small, ...options });
    const inputs = inputsFor(model);
    const logits = stepped(model, inputs);
    expectClose(logits[L - 1], model.apply(inputs).dataSync(), 1e-5, 'logits');
    const spread = Math.max(...logits.flat()) - Math.min(...logits.flat());
    expect(spread).toBeGreaterThan(0.01);
    model.dispose();
  });

  test('a parameter that was assigned counts from the next step on', () => {
    for (const name of ['encoder.weight', 'model.s4_layers.1.kernel.log_dt', 'model.s4_layers.0.ln_vth']) {
      const model = spikingSSM(small);
      const inputs = inputsFor(model);
      const before = stepped(model, inputs);
      const variable = model.parameters[name];
      tf.tidy(() => variable.assign(tf.add(variable, 0.3)));
      const after = stepped(model, inputs);
      expect(after[L - 1], name).not.toEqual(before[L - 1]);
      expectClose(after[L - 1], model.apply(inputs).dataSync(), 1e-5, name);
      model.dispose();
    }
  });

  test('a step leaves nothing behind but logits and state, and its state unchanged', () => {
    const model = spikingSSM(small);
    const state = model.initialState(BATCH);
    tf.dispose(model.step(tf.ones([BATCH, 1]), state));
    const [numTensors, x] = [tf.memory().numTensors, tf.ones([BATCH, 1])];
    const [logits, next] = model.step(x, state);
    expect([...state.layers[0].ssm.dataSync()].every((value) => value === 0)).toBe(true);
    tf.dispose([logits, x, next.sum, ...next.layers.flatMap(({ ssm, neuron }) => [ssm, neuron])]);
    expect(tf.memory().numTensors).toBe(numTensors);
    model.dispose();
  });

  test('a gradient through steps is that of the sequence', () => {
    const model = spikingSSM(small);
    const inputs = inputsFor(model);
    const weight = model.parameters['encoder.weight'];
    const of = (logits: () => tf.Tensor): ArrayLike<number> =>
      tf.tidy(() => tf.variableGrads(() => tf.sum(logits()), [weight]).grads[weight.name].dataSync());
    const whole = of(() => model.apply(inputs));
    const steps = of(() => {
      let state = model.initialState(BATCH);
      let logits: tf.Tensor = tf.scalar(0);
      for (const x of tf.unstack(inputs, 1)) [logits, state] = model.step(x, state);
      return logits;
    });
    expectClose(steps, whole, 1e-4, 'gradient');
    model.dispose();
  });
});
