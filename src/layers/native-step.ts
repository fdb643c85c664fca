import { addon } from '../backend/native/addon.js';
import { type NativeNeuron, neuronOf } from '../ops/native-neuron.js';
import { blank, floats, integers } from '../ops/native-tensor.js';
import { type HostTensor, runOnHost } from '../ops/operation.js';
import type { NativeSystem } from '../ops/s4d/native-system.js';
import * as tf from '../tf.js';
import type { SpikingSSMConfig } from './config.js';
import { NORM_EPS } from './norm.js';
import type { BlockState, SpikingBlock } from './spiking-block.js';

declare module '../backend/native/addon.js' {
  interface Addon {
    /** Coefficients of single steps [H][6][M]: a, b and 2 C, real and imaginary part. */
    discretize(H: number, M: number, ...given: [...system: NativeSystem, coefficients: Float32Array]): void;
    /** One step of one block: layer, neuron, linear map, gate, residual connection. */
    blockStep(
      batch: number,
      H: number,
      M: number,
      ...given: [
        ...neuron: NativeNeuron,
        coefficients: Float32Array,
        D: Float32Array,
        weights: Float32Array,
        bias: Float32Array,
        x: Float32Array,
        residual: Float32Array,
        state: Float32Array,
        u: Float32Array,
        stateOut: Float32Array,
        uOut: Float32Array,
        y: Float32Array,
      ]
    ): void;
  }
}

/** What `step` carries: each layer's state, and the sum that mean pooling needs. Release it with `tf.dispose`. */
export type SpikingSSMState = {
  layers: BlockState[];
  /** Sum of the last layer's outputs so far [batch, H], and how many steps it holds. */
  sum: tf.Tensor2D;
  steps: number;
};

type Variables = Readonly<Record<string, tf.Variable>>;
interface Parts {
  parameters: Variables;
  buffers: Variables;
  blocks: readonly SpikingBlock[];
}

/** Every number that a step needs, as the addon takes it. */
interface Prepared {
  blocks: {
    neuron: NativeNeuron;
    coefficients: Float32Array;
    D: Float32Array;
    weights: Float32Array;
    bias: Float32Array;
    norm?: [weight: Float32Array, bias: Float32Array];
  }[];
  encoder: [weight: Float32Array, bias: Float32Array | null];
  decoder: [weight: Float32Array, bias: Float32Array];
}

/**
 * One step of a model in one call of the native backend, with the layers' coefficients kept from step to step. They
 * are made anew whenever a variable was assigned: that gives it other data, which is what they are remembered by.
 * @returns  a function that gives logits and the next state, or undefined where the general way must be taken
 */
export function nativeStep(
  config: SpikingSSMConfig,
  parts: Parts,
): (x: tf.Tensor, state: SpikingSSMState) => [tf.Tensor2D, SpikingSSMState] | undefined {
  const variables = Object.values({ ...parts.parameters, ...parts.buffers });
  let madeOf: object[] = [];
  let prepared: Prepared | undefined;
  const current = (): Prepared | undefined => {
    if (variables.some(({ dataId }, i) => dataId !== madeOf[i])) {
      tf.tidy(() => {
        prepared = prepare(config, parts);
      });
      madeOf = variables.map(({ dataId }) => dataId);
    }
    return prepared;
  };
  const usable = config.norm.placement === 'none' || config.norm.kind === 'layer';
  return (x, state) => {
    if (!usable || tf.getBackend() !== 'native' || tf.engine().isTapeOn()) return undefined;
    const given = current();
    if (!given) return undefined;
    const inputs: Record<string, tf.Tensor> = { x, sum: state.sum };
    state.layers.forEach(({ ssm, neuron }, i) => {
      inputs[`ssm${i}`] = ssm;
      inputs[`u${i}`] = neuron;
    });
    const steps = state.steps + 1;
    const made = runOnHost(inputs, (arrays) => run(config, given, arrays, steps));
    if (!made) return undefined;
    const layers = state.layers.map((_, i) => ({
      ssm: made[2 + 2 * i] as tf.Tensor4D,
      neuron: made[3 + 2 * i],
    }));
    return [made[0] as tf.Tensor2D, { layers, sum: made[1] as tf.Tensor2D, steps }];
  };
}

function prepare(
  { H, N, norm, inputs }: SpikingSSMConfig,
  { parameters, blocks }: Parts,
): Prepared | undefined {
  // Copies: what dataSync gives belongs to the tensor.
  const values = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>().slice();
  const named = (name: string): Float32Array => values(parameters[name]);
  const made: Prepared['blocks'] = [];
  for (const [i, block] of blocks.entries()) {
    const given = block.stepParameters();
    if (!given) return undefined;
    const { log_dt, log_A_real, A_imag, B, C, D } = given.system;
    const coefficients = new Float32Array(3 * H * N);
    const skip = values(D);
    const system = [log_dt, log_A_real, A_imag, C].map(values) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    addon().discretize(H, N / 2, ...system, skip, values(B), coefficients);
    const at = `model.norms.${i}`;
    made.push({
      neuron: neuronOf({ ...given.neuron }),
      coefficients,
      D: skip,
      weights: values(given.weights),
      bias: values(given.bias),
      norm: norm.placement === 'none' ? undefined : [named(`${at}.weight`), named(`${at}.bias`)],
    });
  }
  return {
    blocks: made,
    encoder: [named('encoder.weight'), inputs.kind === 'tokens' ? null : named('encoder.bias')],
    decoder: [named('decoder.weight'), named('decoder.bias')],
  };
}

/** Logits, the new sum, then state and potential of every layer. */
function run(
  { H, N, classes, inputs, norm, pool }: SpikingSSMConfig,
  { blocks, encoder, decoder }: Prepared,
  arrays: Record<string, HostTensor>,
  steps: number,
): HostTensor[] {
  const batch = arrays.x.shape[0];
  const linear = (x: Float32Array, size: number, outputs: number, [w, b]: typeof encoder): HostTensor => {
    const y = blank([batch, outputs]);
    addon().matmul(batch, outputs, size, false, true, 1, 1, 1, x, w, b, floats(y));
    return y;
  };
  const normed = (x: Float32Array, weights: [Float32Array, Float32Array] | undefined): Float32Array => {
    if (!weights) return x;
    const [y, mean, variance] = [batch * H, batch, batch].map((length) => new Float32Array(length));
    addon().norm(batch, H, false, NORM_EPS, x, ...weights, null, y, mean, variance);
    return y;
  };
  let hidden: Float32Array;
  if (inputs.kind === 'tokens') {
    hidden = new Float32Array(batch * H);
    addon().embedding(inputs.size, H, batch, integers(arrays.x), encoder[0], null, hidden);
  } else {
    hidden = floats(linear(floats(arrays.x), inputs.size, H, encoder));
  }
  const states: HostTensor[] = [];
  blocks.forEach((block, i) => {
    const [ssm, u] = [arrays[`ssm${i}`], arrays[`u${i}`]];
    const [nextSsm, nextU] = [blank(ssm.shape), blank(u.shape)];
    const y = new Float32Array(batch * H);
    addon().blockStep(
      batch,
      H,
      N / 2,
      ...block.neuron,
      block.coefficients,
      block.D,
      block.weights,
      block.bias,
      norm.placement === 'pre' ? normed(hidden, block.norm) : hidden,
      hidden,
      floats(ssm),
      floats(u),
      floats(nextSsm),
      floats(nextU),
      y,
    );
    hidden = norm.placement === 'post' ? normed(y, block.norm) : y;
    states.push(nextSsm, nextU);
  });
  const sum = blank([batch, H]);
  const total = floats(sum);
  const before = floats(arrays.sum);
  const pooled = new Float32Array(batch * H);
  for (let i = 0; i < total.length; i++) {
    total[i] = before[i] + hidden[i];
    pooled[i] = pool === 'mean' ? total[i] / steps : hidden[i];
  }
  return [linear(pooled, H, classes, decoder), sum, ...states];
}
