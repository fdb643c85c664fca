import type { Prepared } from '../../analysis/measure.js';
import { spikingBlock } from '../../layers/spiking-block.js';
import { spikingSSM } from '../../layers/spiking-ssm.js';
import { type NeuronName, neuronOf } from '../../neurons/index.js';
import * as ops from '../../ops/index.js';
import { random } from '../../random.js';
import * as tf from '../../tf.js';

/** `train`: forward and backward. */
export type Pass = 'forward' | 'train';

export interface BlockCase {
  batch: number;
  length: number;
  width: number;
  state: number;
  neuron: NeuronName;
  pass: Pass;
  bidirectional: boolean;
  trainableB: boolean;
}

/**
 * One block on N(0, 1) inputs. The training pass goes backward from a given gradient of its output, to its input and
 * every parameter.
 */
export function blockCase(options: BlockCase): Prepared {
  const { batch, length, width: H, state: N, pass, bidirectional, trainableB } = options;
  const source = random(1);
  const neuron = neuronOf('bench', options.neuron);
  const block = spikingBlock(
    {
      H,
      N,
      neuron,
      bidirectional,
      trainableB,
      threshold: 'learnable',
      v_th: 1,
      init: 's4dLin',
      dt_min: 0.001,
      dt_max: 0.1,
      dropout: 0,
    },
    source,
  );
  const x = normal([batch, length, H], 1);
  const variables = Object.values(block.parameters);
  return prepared(pass, (input) => block.apply(input as tf.Tensor3D)[0], x, variables, [
    ...variables,
    ...Object.values(block.buffers),
  ]);
}

export interface MatmulCase {
  rows: number;
  inner: number;
  cols: number;
  /** Share of spikes in the left matrix; null: a dense product of float32 numbers. */
  rate: number | null;
  pass: Pass;
}

/** Dense product, or affine map of spikes. */
export function matmulCase({ rows, inner, cols, rate, pass }: MatmulCase): Prepared {
  const w = normal([inner, cols], 2) as tf.Tensor2D;
  if (rate === null) {
    const product = (x: tf.Tensor): tf.Tensor => tf.matMul(x as tf.Tensor2D, w);
    return prepared(pass, product, normal([rows, inner], 1), [w], [w]);
  }
  const b = tf.zeros([cols]) as tf.Tensor1D;
  const source = random(1);
  const spikes = Float32Array.from({ length: rows * inner }, () => (source.uniform() < rate ? 1 : 0));
  const product = (x: tf.Tensor): tf.Tensor => ops.spikeMatmul(x as tf.Tensor2D, w, b);
  return prepared(pass, product, tf.tensor2d(spikes, [rows, inner]), [w, b], [w, b]);
}

export interface LifCase {
  batch: number;
  length: number;
  width: number;
  neuron: NeuronName;
  pass: Pass;
}

/** The neurons of one layer alone, on N(0, 1) currents. */
export function lifCase({ batch, length, width, neuron, pass }: LifCase): Prepared {
  const cells = neuronOf('bench', neuron).build();
  const fire = (x: tf.Tensor): tf.Tensor => cells.apply(x as tf.Tensor3D)[0];
  return prepared(pass, fire, normal([batch, length, width], 1), [], Object.values(cells.buffers));
}

export interface StepCase {
  layers: number;
  width: number;
  state: number;
  batch: number;
  neuron: NeuronName;
}

/** One token through a causal model of 1 input and 10 classes, its state carried from run to run. */
export function stepCase({ layers, width, state: N, batch, neuron }: StepCase): Prepared {
  const model = spikingSSM({ layers, H: width, N, neuron, norm: 'none', classes: 10, seed: 1 });
  const x = tf.ones([batch, 1]);
  let state = model.initialState(batch);
  return {
    run: () => {
      const [y, next] = model.step(x, state);
      y.dispose();
      tf.dispose(state);
      state = next;
    },
    dispose: () => {
      tf.dispose([x, state]);
      model.dispose();
    },
  };
}

/** A function of one large input and some parameters, forward or also backward from a gradient that is not all ones. */
export function prepared(
  pass: Pass,
  apply: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  parameters: tf.Tensor[],
  owned: tf.Tensor[],
): Prepared {
  if (pass === 'forward') {
    const run = (): void => tf.tidy(() => void apply(x));
    return { run, dispose: () => tf.dispose([x, ...owned]) };
  }
  const dy = tf.tidy(() => normal(apply(x).shape, 3));
  const gradients = tf.grads((input) => apply(input));
  return {
    run: () => tf.dispose(gradients([x, ...parameters], dy)),
    dispose: () => tf.dispose([x, dy, ...owned]),
  };
}

export function normal(shape: number[], seed: number): tf.Tensor {
  const source = random(seed);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => source.normal()),
    shape,
  );
}
