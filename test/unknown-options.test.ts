import { beforeAll, describe, expect, test } from 'vitest';
import * as library from '../src/index.js';
import * as tf from '../src/tf.js';
import { models } from './models.js';
import { standInTask } from './train/stand-in.js';

beforeAll(() => library.useBackend('cpu'));
const model = models({ inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 2, layers: 1 });
const task = standInTask();
const wrong = { zzz: 1 } as never;
const none = null as never;

/** Public functions that take options, called with one that they have not. */
const CALLS: Partial<Record<keyof typeof library, (wrong: never) => unknown>> = {
  activity: (o) => library.activity(model(), task.test, o),
  evaluate: (o) => library.evaluate(model(), task.test, o),
  measure: (o) => library.measure(none, o),
  membrane: (o) => library.membrane(none, o),
  predict: (o) => library.predict(model(), [], o),
  useBackend: (o) => library.useBackend('cpu', o),
  getDataset: (o) => library.getDataset('mnist', o),
  loadTorch: (o) => library.loadTorch('x', o),
  display: (o) => library.display(1, o),
  input: (o) => library.input('', o),
  spikingSSM: (o: object) => library.spikingSSM({ classes: 2, ...o }),
  gelu: (o) => library.gelu(o),
  lif: (o) => library.lif(o),
  sdn: (o) => library.sdn(o),
  sdnSpike: (o) => library.sdnSpike(o),
  fingerprint: (o) => library.fingerprint(task, o),
  findLearningRate: (o) => library.findLearningRate(model(), task, o),
  loadModel: (o) => library.loadModel('.', o),
  train: (o) => library.train(model(), task, o),
  adamW: (o) => library.adamW(model(), o),
  progress: (o) => library.progress(o),
  replay: (o) => library.replay('x', model(), o),
  cosine: (o) => library.cosine(o),
  trainSDN: (o) => library.trainSDN(o),
  validate: (o) => library.validate(model(), task.test, o),
  repeat: (o) => library.repeat({ task, model: { classes: 3 }, training: {} }, [1], o),
};

describe('an option that there is not is refused by', () => {
  const asked = Object.entries(CALLS).filter(([name]) => name !== 'loadModel') as [
    string,
    (wrong: never) => unknown,
  ][];
  test.each(asked)('%s', async (_, call) => {
    await expect((async () => call(wrong))()).rejects.toThrow(/unknown option "zzz" \(.*known: /);
  });

  test('apply and step of a model, and the parts of its options', () => {
    const one = model();
    const x = tf.zeros([1, 3, 2]);
    expect(() => one.apply(x, { length: [3] } as never)).toThrow(
      'apply: unknown option "length" (did you mean "lengths"?',
    );
    const step = tf.zeros([1, 2]);
    expect(() => one.step(step, one.initialState(1), { prob: 1 } as never)).toThrow(
      'step: unknown option "prob" (did you mean "probe"?',
    );
    for (const [options, message] of [
      [{ norm: { knd: 'batch' } }, 'spikingSSM: norm: unknown option "knd" (did you mean "kind"?'],
      [
        { inputs: { kind: 'real', sise: 2 } },
        'spikingSSM: inputs: unknown option "sise" (did you mean "size"?',
      ],
      [{ neuron: { kind: 'lif', tua: 0.5 } }, 'lif: unknown option "tua" (did you mean "tau"?'],
    ] as const) {
      expect(() => library.spikingSSM({ classes: 2, ...options } as never)).toThrow(message);
    }
  });
});
