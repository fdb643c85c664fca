import { afterAll, expect, test } from 'vitest';
import type { NormOptions } from '../../src/layers/config.js';
import type { Probe } from '../../src/layers/model.js';
import { type SpikingSSM, spikingSSM } from '../../src/layers/spiking-ssm.js';
import { SDN_NAMES } from '../../src/neurons/sdn-weights.js';
import { predictor } from '../../src/ops/sdn/predictor.js';
import * as tf from '../../src/tf.js';
import { expectClose } from '../close.js';
import { selectForm } from '../ops/backends.js';
import { normal } from '../ops/case.js';

const [BATCH, L, H, LAYERS] = [2, 45, 6, 2];
/** How much the surrogate network can magnify a difference of its inputs: its ramps rise 50 to 1. */
const MAGNIFIED = 100;

/** What one way of running the model gave: logits, and what enters and leaves the neurons, layer after layer. */
interface Way {
  logits: number[];
  current: number[][];
  spikes: number[][];
}

const NONE: NormOptions = { placement: 'none', kind: 'layer' };
const PRE: NormOptions = { placement: 'pre', kind: 'layer' };

afterAll(() => selectForm('cpu'));

// The seeds are such that no membrane potential comes near the threshold; the test asserts it.
test.each([
  ['bptt', NONE, 1],
  ['bptt', PRE, 2],
  ['sdn', NONE, 1],
  ['sdn', PRE, 2],
] as const)('convolution = scan = step: %s, norm %o', async (neuron, norm, seed) => {
  await selectForm('cpu');
  const inputs = { kind: 'real', size: 3 } as const;
  const model = spikingSSM({ inputs, classes: 4, H, N: 8, layers: LAYERS, neuron, norm, seed });
  const { values } = normal(seed, [BATCH, L, 3], 3);
  const x = (): tf.Tensor3D => tf.tensor3d(values, [BATCH, L, 3]);
  for (const [name, variable] of Object.entries(model.parameters)) {
    if (!name.endsWith('ln_vth')) continue;
    tf.tidy(() => variable.assign(tf.tensor(normal(seed + 1, variable.shape, 0.3).values, variable.shape)));
  }

  const scan = applied(model, x);
  const step = stepped(model, x);
  await selectForm('composite');
  const convolution = applied(model, x);
  await selectForm('cpu');

  let rounding = 0;
  for (const [name, way] of Object.entries({ convolution, step })) {
    for (let i = 0; i < LAYERS; i++) {
      expect(way.spikes[i], `spikes of layer ${i}, ${name}`).toEqual(scan.spikes[i]);
      expectClose(way.current[i], scan.current[i], 1e-6, `current of layer ${i}, ${name}`);
      rounding = Math.max(
        rounding,
        ...way.current[i].map((value, at) => Math.abs(value - scan.current[i][at])),
      );
    }
    expectClose(way.logits, scan.logits, 1e-6, `logits, ${name}`);
  }
  expect(marginOf(model, neuron, scan.current)).toBeGreaterThan(MAGNIFIED * rounding);
  for (const spikes of scan.spikes) {
    const rate = spikes.reduce((sum, s) => sum + s, 0) / spikes.length;
    expect(rate).toBeGreaterThan(0.05);
    expect(rate).toBeLessThan(0.6);
  }
  model.dispose();
});

/** The whole sequence at once, in the form of the current backend. */
function applied(model: SpikingSSM, x: () => tf.Tensor3D): Way {
  const { probe, signals } = recorder();
  return tf.tidy(() => {
    const logits = [...model.apply(x(), { probe }).dataSync()];
    return { logits, ...signals() };
  });
}

/** Token by token, the state passed on. */
function stepped(model: SpikingSSM, x: () => tf.Tensor3D): Way {
  const { probe, signals } = recorder();
  return tf.tidy(() => {
    let state = model.initialState(BATCH);
    let logits: tf.Tensor | undefined;
    for (const token of tf.unstack(x(), 1)) [logits, state] = model.step(token, state, { probe });
    return { logits: [...(logits as tf.Tensor).dataSync()], ...signals() };
  });
}

/** Joins along time what the probe is shown. */
function recorder(): { probe: (event: Probe) => void; signals: () => Omit<Way, 'logits'> } {
  const seen: Record<Probe['name'], number[][][][]> = { current: [], spikes: [], output: [] };
  return {
    probe: ({ layer, name, value }) => {
      seen[name][layer] ??= Array.from({ length: BATCH }, () => []);
      value.arraySync().forEach((steps, b) => void seen[name][layer][b].push(...steps));
    },
    signals: () => ({
      current: seen.current.map((layer) => layer.flat(2)),
      spikes: seen.spikes.map((layer) => layer.flat(2)),
    }),
  };
}

/** The smallest distance of what is compared with the threshold, v (LIF) or p + x (SDN), from it. */
function marginOf(model: SpikingSSM, neuron: 'bptt' | 'sdn', current: number[][]): number {
  let margin = Infinity;
  current.forEach((layer, i) => {
    for (let n = 0; n < BATCH * H; n++) {
      const x = Float64Array.from({ length: L }, (_, t) => layer[(Math.floor(n / H) * L + t) * H + (n % H)]);
      const potentials = neuron === 'bptt' ? potentialsOf(x) : predictionsOf(model, i, x);
      margin = Math.min(margin, ...potentials.map((v) => Math.abs(v - 1)));
    }
  });
  return margin;
}

function potentialsOf(x: Float64Array): Float64Array {
  let u = 0;
  return x.map((input) => {
    const v = 0.125 * u + input;
    u = v >= 1 ? 0 : v;
    return v;
  });
}

function predictionsOf({ buffers }: SpikingSSM, layer: number, x: Float64Array): Float64Array {
  const weights = Object.entries(SDN_NAMES).map(([key, name]) => {
    const variable = buffers[`model.s4_layers.${layer}.neuron.model.${name}`];
    return [key, { values: variable.dataSync<'float32'>(), shape: variable.shape }];
  });
  const { predict } = predictor(Object.fromEntries(weights));
  const window = new Float64Array(8 + L);
  window.set(x, 8);
  return x.map((input, t) => predict(window, t) + input);
}
