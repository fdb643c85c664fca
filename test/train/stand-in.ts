import type { ApplyOptions, Model } from '../../src/layers/model.js';
import { type Random, random } from '../../src/random.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import type { Batch, Dataset, Task } from '../../src/tasks/task.js';
import * as tf from '../../src/tf.js';

/** The least model that trains: logits = mean over time of tanh(x A) W + b, with dropout and an unused norm. */
export class StandIn implements Model {
  readonly parameters: Record<string, tf.Variable>;
  readonly buffers: Record<string, tf.Variable>;
  readonly config: { inputs: number; hidden: number; classes: number };

  constructor(inputs = 2, hidden = 6, classes = 3, seed = 0) {
    this.config = { inputs, hidden, classes };
    const source = random(seed);
    const normal = (shape: number[]) =>
      tf.tidy(() =>
        tf.variable(tf.tensor(Array.from({ length: tf.util.sizeFromShape(shape) }, source.normal), shape)),
      );
    this.parameters = {
      'layers.0.A': normal([inputs, hidden]),
      'norm.weight': tf.tidy(() => tf.variable(tf.ones([hidden]))),
      'decoder.weight': normal([hidden, classes]),
      'decoder.bias': tf.tidy(() => tf.variable(tf.zeros([classes]))),
    };
    this.buffers = { 'norm.running_mean': tf.tidy(() => tf.variable(tf.zeros([hidden]))) };
  }

  group(name: string): { maxLearningRate?: number; decay: boolean } {
    return name === 'layers.0.A'
      ? { maxLearningRate: 0.001, decay: false }
      : { decay: !name.endsWith('bias') };
  }

  apply(x: tf.Tensor, { training = false, random, probe }: ApplyOptions = {}): tf.Tensor {
    return tf.tidy(() => {
      const [batch, L, inputs] = x.shape;
      const { hidden } = this.config;
      const flat = tf.matMul(x.reshape([batch * L, inputs]), this.parameters['layers.0.A'] as tf.Tensor2D);
      const current = flat.reshape([batch, L, hidden]) as tf.Tensor3D;
      probe?.({ layer: 0, name: 'current', value: current });
      let pooled = tf.mean(tf.tanh(current), 1) as tf.Tensor2D;
      if (training) {
        const mask = Float32Array.from({ length: hidden }, () =>
          (random as Random).uniform() < 0.1 ? 0 : 1 / 0.9,
        );
        pooled = tf.mul(pooled, tf.tensor1d(mask));
      }
      return tf.add(
        tf.matMul(pooled, this.parameters['decoder.weight'] as tf.Tensor2D),
        this.parameters['decoder.bias'],
      );
    });
  }

  values(): Record<string, number[]> {
    return Object.fromEntries(Object.entries(this.parameters).map(([name, v]) => [name, [...v.dataSync()]]));
  }

  dispose(): void {
    for (const variable of [...Object.values(this.parameters), ...Object.values(this.buffers)])
      variable.dispose();
  }
}

/** Which examples a task handed out, batch by batch. */
export type Log = number[][];

/** Three kinds of noise around three means, told apart easily; sequences [5, 2]. */
export function standInTask({
  train = 40,
  validation = 25,
  test = 10,
  log = [] as Log,
  spoil = -1,
} = {}): Task {
  const set = (first: number, size: number): Dataset =>
    indexedDataset(
      Uint32Array.from({ length: size }, (_, i) => first + i),
      (examples) => {
        log.push([...examples]);
        return makeBatch(examples, spoil);
      },
    );
  return {
    name: 'stand-in',
    classes: 3,
    length: 5,
    input: { kind: 'real', size: 2 },
    train: set(0, train),
    validation: set(1000, validation),
    test: set(2000, test),
  };
}

function makeBatch(examples: Uint32Array, spoil: number): Batch {
  const x = [...examples].map((example) => {
    const source = random(example);
    const angle = (example % 3) * 2.1;
    return Array.from({ length: 5 }, () =>
      example === spoil
        ? [Number.NaN, 0]
        : [Math.cos(angle) + 0.3 * source.normal(), Math.sin(angle) + 0.3 * source.normal()],
    );
  });
  return {
    x: tf.tensor3d(x, [examples.length, 5, 2]),
    y: tf.tensor1d(
      [...examples].map((i) => i % 3),
      'int32',
    ),
  };
}
