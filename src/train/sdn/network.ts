import type { Model } from '../../layers/model.js';
import { NORM_EPS, type NormLayer, normLayer } from '../../layers/norm.js';
import { SDN_NAMES } from '../../neurons/sdn-weights.js';
import * as ops from '../../ops/index.js';
import { CHANNELS, TAPS } from '../../ops/sdn/predictor.js';
import type { Random } from '../../random.js';
import * as tf from '../../tf.js';
import type { SdnMaps } from './start.js';

/** The network while it is trained: with batch norms, and encoder and depthwise filter still apart. */
export interface SdnNetwork extends Model {
  /** @param x  windows float32 [rows, 8], oldest step first; @returns predictions [rows, 1] */
  apply(x: tf.Tensor): tf.Tensor;
  /** The 153 numbers of the fused form, by official name. */
  fuse(): Record<string, { shape: number[]; data: Float32Array }>;
}

/** Deviation of the random numbers in place of zeros behind the first layer; they wake the channels not yet in use. */
const NOISE = 1e-4;

/**
 * Encoder 1 -> 8 (no bias), depthwise filter over 8 steps, batch norm, ReLU; pointwise 8 -> 8, batch norm, residual
 * sum, ReLU; decoder 8 -> 1. It starts from `maps`, each batch norm set so that it changes nothing on `calibration`,
 * and keeps those statistics: at a jump as steep as the threshold's, the noise of each batch's own costs more agreement
 * than training wins (99.98 % against 99.99 %).
 * @param calibration  windows float32 [rows, 8]
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function sdnNetwork(maps: SdnMaps, calibration: tf.Tensor2D, random: Random): SdnNetwork {
  const woken = (value: number): number => (value === 0 ? NOISE * random.normal() : value);
  const variable = (shape: number[], of: (i: number) => number): tf.Variable =>
    tf.tidy(() => {
      const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => of(i));
      return tf.variable(tf.tensor(values, shape));
    });
  /** Entry i of the transposed table. */
  const turned = (rows: number[][], i: number): number => rows[i % CHANNELS][Math.floor(i / CHANNELS)];
  const own = {
    encoder: variable([CHANNELS], () => 1),
    depthwise: variable([TAPS, CHANNELS], (i) => turned(maps.first, i)),
    pointwise: variable([CHANNELS, CHANNELS], (i) => woken(turned(maps.second, i))),
    decoder: variable([CHANNELS, 1], (c) => woken(maps.output[c])),
    decoderBias: variable([1], () => 0),
  };
  const norms = { norm1: normLayer('batch', CHANNELS), norm2: normLayer('batch', CHANNELS) };
  const noBias = tf.keep(tf.zeros<tf.Rank.R1>([CHANNELS]));
  const normed = (norm: NormLayer, x: tf.Tensor2D): tf.Tensor2D =>
    tf.squeeze(norm.apply(tf.expandDims(x, 0), {}), [0]);
  const filtered = (x: tf.Tensor2D): tf.Tensor2D =>
    ops.affine(x, tf.mul<tf.Tensor2D>(own.depthwise, own.encoder), noBias);
  const mixed = (first: tf.Tensor2D): tf.Tensor2D =>
    ops.affine(first, own.pointwise as tf.Tensor as tf.Tensor2D, noBias);
  tf.tidy(() => {
    const first = filtered(calibration);
    calibrate(norms.norm1, first, maps.firstBias);
    calibrate(norms.norm2, mixed(tf.relu(normed(norms.norm1, first))), maps.secondBias);
  });
  const parameters: Record<string, tf.Variable> = { ...own, ...ofNorms(norms, 'parameters') };
  const buffers = ofNorms(norms, 'buffers');
  return {
    parameters,
    buffers,
    group: (name) => ({ decay: !name.startsWith('norm') && name !== 'decoderBias' }),
    apply: (x) =>
      tf.tidy(() => {
        const first = tf.relu(normed(norms.norm1, filtered(x as tf.Tensor2D)));
        const second = tf.relu(tf.add<tf.Tensor2D>(normed(norms.norm2, mixed(first)), first));
        const decoder = own.decoder as tf.Tensor as tf.Tensor2D;
        return ops.affine(second, decoder, own.decoderBias as tf.Tensor as tf.Tensor1D);
      }),
    fuse: () => fused(own, norms),
    dispose: () => {
      tf.dispose([noBias, parameters, buffers]);
    },
  };
}

/** Sets a batch norm so that on `x` [rows, 8] it only adds `bias`: its weight undoes the scaling. */
function calibrate({ parameters, buffers }: NormLayer, x: tf.Tensor2D, bias: number[]): void {
  const { mean, variance } = tf.moments(x, 0);
  buffers.running_mean.assign(mean);
  buffers.running_var.assign(variance);
  parameters.weight.assign(tf.sqrt(tf.add(variance, NORM_EPS)));
  parameters.bias.assign(tf.add(mean, tf.tensor1d(bias)));
}

/** Folds each batch norm, and the encoder, into the linear map before it. */
function fused(
  own: Record<'encoder' | 'depthwise' | 'pointwise' | 'decoder' | 'decoderBias', tf.Variable>,
  { norm1, norm2 }: Record<'norm1' | 'norm2', NormLayer>,
): Record<string, { shape: number[]; data: Float32Array }> {
  const [encoder, depthwise, pointwise] = [own.encoder, own.depthwise, own.pointwise].map((v) =>
    v.dataSync(),
  );
  const [affine1, affine2] = [norm1, norm2].map(scaleAndShift);
  const w1 = new Float32Array(CHANNELS * TAPS);
  const w2 = new Float32Array(CHANNELS * CHANNELS);
  for (let c = 0; c < CHANNELS; c++) {
    for (let k = 0; k < TAPS; k++)
      w1[c * TAPS + k] = encoder[c] * depthwise[k * CHANNELS + c] * affine1.scale[c];
    for (let j = 0; j < CHANNELS; j++) w2[c * CHANNELS + j] = pointwise[j * CHANNELS + c] * affine2.scale[c];
  }
  const copy = (v: tf.Variable): Float32Array => Float32Array.from(v.dataSync());
  return {
    [SDN_NAMES.w1]: { shape: [CHANNELS, 1, TAPS], data: w1 },
    [SDN_NAMES.b1]: { shape: [CHANNELS], data: affine1.shift },
    [SDN_NAMES.w2]: { shape: [CHANNELS, CHANNELS, 1], data: w2 },
    [SDN_NAMES.b2]: { shape: [CHANNELS], data: affine2.shift },
    [SDN_NAMES.w3]: { shape: [1, CHANNELS, 1], data: copy(own.decoder) },
    [SDN_NAMES.b3]: { shape: [1], data: copy(own.decoderBias) },
  };
}

/** A trained batch norm as x * scale + shift. */
function scaleAndShift({ parameters, buffers }: NormLayer): { scale: Float32Array; shift: Float32Array } {
  const [weight, bias] = [parameters.weight.dataSync(), parameters.bias.dataSync()];
  const [mean, variance] = [buffers.running_mean.dataSync(), buffers.running_var.dataSync()];
  const scale = Float32Array.from(weight, (w, c) => w / Math.sqrt(variance[c] + NORM_EPS));
  return { scale, shift: Float32Array.from(bias, (b, c) => b - mean[c] * scale[c]) };
}

function ofNorms(
  norms: Record<string, NormLayer>,
  kind: 'parameters' | 'buffers',
): Record<string, tf.Variable> {
  return Object.fromEntries(
    Object.entries(norms).flatMap(([prefix, norm]) =>
      Object.entries(norm[kind]).map(([name, variable]) => [`${prefix}.${name}`, variable]),
    ),
  );
}
