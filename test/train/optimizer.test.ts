import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import { adamwStep } from '../../src/ops/adamw/reference.js';
import { adamwTensors } from '../../src/ops/adamw/tensorflow.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';
import { adamW } from '../../src/train/optimizer.js';
import { cosine } from '../../src/train/schedule.js';
import { StandIn } from './stand-in.js';

describe('adamwStep', () => {
  it('gives the numbers worked out by hand for one step', () => {
    const [p, m, v] = [Float32Array.of(1), new Float32Array(1), new Float32Array(1)];
    adamwStep(p, Float32Array.of(0.5), m, v, {
      learningRate: 0.1,
      weightDecay: 0.2,
      betas: [0.9, 0.999],
      eps: 1e-8,
      step: 1,
    });
    // m = .1 * .5; v = .001 * .25; both corrections undo the factors, so the step is lr * sign(g) after the decay.
    expect(m[0]).toBeCloseTo(0.05, 8);
    expect(v[0]).toBeCloseTo(0.00025, 10);
    expect(p[0]).toBeCloseTo(1 * (1 - 0.1 * 0.2) - 0.1, 6);
  });

  it('follows torch.optim.AdamW over six scheduled steps with two parameter groups', () => {
    // torch 2.13, float64: w with (lr .05, decay .1), a with (lr .001, decay 0), LambdaLR with the cosine below,
    // gradients w[i] = sin(i + t), a[i] = .001 cos(i + t) at step t = 0 … 5.
    const w = Float32Array.of(1, -2, 0.5, 0);
    const a = Float32Array.of(3, -1);
    const slots = [4, 4, 2, 2].map((n) => new Float32Array(n));
    const scale = cosine({ steps: 6, warmup: 2 });
    for (let t = 0; t < 6; t++) {
      const common = { betas: [0.9, 0.999] as const, eps: 1e-8, step: t + 1 };
      const wGradient = Float32Array.from(w, (_, i) => Math.sin(i + t));
      const aGradient = Float32Array.from(a, (_, i) => 1e-3 * Math.cos(i + t));
      adamwStep(w, wGradient, slots[0], slots[1], {
        ...common,
        learningRate: 0.05 * scale(t),
        weightDecay: 0.1,
      });
      adamwStep(a, aGradient, slots[2], slots[3], {
        ...common,
        learningRate: 0.001 * scale(t),
        weightDecay: 0,
      });
    }
    const expected = [
      0.8854443759494034, -2.0452184844748316, 0.4944228215432365, 0.09421888373011758, 2.9992810207891814,
      -0.9988002486302228,
    ];
    [...w, ...a].forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-6);
    });
  });
});

const here = availableBackends();
const backends = (['cpu', 'tensorflow'] as const).filter((name) => here[name] === true);
if (here.tensorflow !== true) it.skip(`on tensorflow: ${here.tensorflow}`, () => {});

describe('adamwTensors', () => {
  it.skipIf(here.tensorflow !== true)('is adamwStep to the rounding of float32', async () => {
    await useBackend('tensorflow');
    const size = 1000;
    const source = random(4);
    const draw = (scale: number) => Float32Array.from({ length: size }, () => scale * source.normal());
    const [p, m, v] = [draw(1), new Float32Array(size), new Float32Array(size)];
    for (let step = 1; step <= 60; step++) {
      const numbers = {
        learningRate: 0.01,
        weightDecay: step % 2,
        betas: [0.9, 0.999],
        eps: 1e-8,
        step,
      } as const;
      const g = draw(10 ** (step % 7) / 1e4);
      const before = { parameter: p.slice(), m: m.slice(), v: v.slice() };
      const after = tf.tidy(() => {
        const [parameter, gradient, mean, square] = [p, g, m, v].map((values) => tf.tensor1d(values.slice()));
        const given = { parameter, gradient, m: mean, v: square };
        const made = adamwTensors(given, numbers, tf.scalar(true, 'bool'));
        const kept = adamwTensors(given, numbers, tf.scalar(false, 'bool'));
        for (const name of ['parameter', 'm', 'v'] as const) {
          expect(kept[name].dataSync()).toEqual(before[name]);
        }
        return [made.parameter, made.m, made.v].map((tensor) => tensor.dataSync<'float32'>());
      });
      adamwStep(p, g, m, v, numbers);
      const rounding = 2 ** -24;
      for (let i = 0; i < size; i++) {
        // What the rounding of each product and sum can come to: of m where its two parts cancel, of v where none does.
        const [inMean, inSquare] = [
          3 * rounding * (Math.abs(before.m[i]) + Math.abs(0.1 * g[i])),
          5 * rounding * v[i],
        ];
        expect(Math.abs(after[1][i] - m[i])).toBeLessThanOrEqual(inMean);
        expect(Math.abs(after[2][i] - v[i])).toBeLessThanOrEqual(inSquare + 1e-45);
        const perMean = 0.01 / (1 - 0.9 ** step) / (Math.sqrt(v[i]) / Math.sqrt(1 - 0.999 ** step) + 1e-8);
        const inChange = perMean * (inMean + 8 * rounding * Math.abs(m[i]));
        expect(Math.abs(after[0][i] - p[i])).toBeLessThanOrEqual(3 * rounding * Math.abs(p[i]) + inChange);
      }
    }
  });
});

describe.each(backends)('adamW on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const model = new StandIn();
  const before = model.values();
  afterEach(() => {
    for (const [name, variable] of Object.entries(model.parameters)) {
      tf.tidy(() => variable.assign(tf.tensor(before[name], variable.shape)));
    }
  });
  const ones = () =>
    Object.fromEntries(
      Object.entries(model.parameters).map(([name, variable]) => [name, tf.onesLike(variable)]),
    );

  it('takes rate and decay from the parameter groups', () => {
    const gradients = ones();
    adamW(model, { learningRate: 0.1, weightDecay: 0.5 }).step(gradients, 0.5);
    const after = model.values();
    const change = (name: string, i: number) => after[name][i] - before[name][i];
    // The first step has length lr: min(0.1, 0.001) * 0.5 without decay, 0.1 * 0.5 without, then with decay.
    expect(change('layers.0.A', 0)).toBeCloseTo(-0.0005, 6);
    expect(change('decoder.bias', 0)).toBeCloseTo(-0.05, 6);
    expect(change('decoder.weight', 3)).toBeCloseTo(-0.05 - 0.05 * 0.5 * before['decoder.weight'][3], 6);
    tf.dispose(gradients);
  });

  it('leaves a parameter without gradient untouched, decay included', () => {
    const { 'norm.weight': unused, ...gradients } = ones();
    const optimizer = adamW(model, { learningRate: 0.1, weightDecay: 0.5 });
    optimizer.step(gradients, 1);
    expect(model.values()['norm.weight']).toEqual(before['norm.weight']);
    expect(Object.keys(optimizer.state().m)).not.toContain('norm.weight');
    tf.dispose([unused, gradients]);
  });

  it('does not change tensors that share the variable’s values', () => {
    const held = model.parameters['decoder.bias'].clone();
    const gradients = ones();
    adamW(model).step(gradients, 1);
    expect([...held.dataSync()]).toEqual(before['decoder.bias']);
    tf.dispose([held, gradients]);
  });

  it('goes on from a saved state exactly', () => {
    const gradients = ones();
    const unbroken = adamW(model);
    unbroken.step(gradients, 1);
    const [state, middle] = [unbroken.state(), model.values()];
    unbroken.step(gradients, 0.7);
    const expected = model.values();
    for (const [name, variable] of Object.entries(model.parameters)) {
      tf.tidy(() => variable.assign(tf.tensor(middle[name], variable.shape)));
    }
    const resumed = adamW(model);
    resumed.restore(state);
    resumed.step(gradients, 0.7);
    expect(model.values()).toEqual(expected);
    tf.dispose(gradients);
  });

  it('refuses numbers that make no sense', () => {
    expect(() => adamW(model, { learningRate: -1 })).toThrow(
      /^adamW: learningRate must be .* at least 0, got -1/,
    );
    expect(() => adamW(model, { weightDecay: Number.NaN })).toThrow(
      /^adamW: weightDecay must be .*, got NaN/,
    );
    expect(() => adamW(model, { betas: [0.9, 1] })).toThrow(
      /^adamW: betas must be in \[0, 1\), got \[0.9,1\]/,
    );
    expect(() => adamW(model, { lr: 1 } as object)).toThrow(/^adamW: unknown option "lr"/);
  });

  it('refuses a gradient or state that is not the model’s', () => {
    const gradient = tf.ones([2]);
    const optimizer = adamW(model);
    expect(() => optimizer.step({ nothing: gradient }, 1)).toThrow(
      /^adamW: the model has no parameter "nothing"/,
    );
    expect(() => optimizer.step({ 'decoder.bias': gradient }, 1)).toThrow(
      /^adamW: decoder.bias has 3 elements, got 2/,
    );
    expect(() => optimizer.restore({ step: 1, m: { 'decoder.bias': new Float32Array(3) }, v: {} })).toThrow(
      /decoder.bias has 3 elements, got 0/,
    );
    gradient.dispose();
  });
});

describe('cosine', () => {
  it('rises from 0 to 1 over the warm-up, then falls to 0', () => {
    const scale = cosine({ steps: 6, warmup: 2 });
    const torch = [0, 0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627, 0];
    torch.forEach((factor, step) => {
      expect(scale(step)).toBeCloseTo(factor, 12);
    });
    expect(scale(100)).toBe(0);
  });

  it('starts at 1 without warm-up', () => {
    expect(cosine({ steps: 10 })(0)).toBe(1);
  });

  it('may be all warm-up', () => {
    const scale = cosine({ steps: 4, warmup: 4 });
    expect([0, 1, 2, 3, 4].map(scale)).toEqual([0, 0.25, 0.5, 0.75, 0]);
  });

  it('refuses steps that make no sense', () => {
    expect(() => cosine({ steps: 0 })).toThrow(/^cosine: steps must be a whole number of at least 1, got 0/);
    expect(() => cosine({ steps: 2.5 })).toThrow(/got 2.5/);
    expect(() => cosine({ steps: 5, warmup: -1 })).toThrow(/^cosine: warmup must be/);
    expect(() => cosine({ steps: 5, warmup: 6 })).toThrow(
      /^cosine: warmup must be at most the 5 steps of the run, got 6/,
    );
  });
});
