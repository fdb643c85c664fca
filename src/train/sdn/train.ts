import { setImmediate } from 'node:timers/promises';
import { writeSafetensors } from '../../files/safetensors.js';
import type { SdnTarget } from '../../neurons/sdn-weights.js';
import { checkTau } from '../../ops/check.js';
import { TAPS } from '../../ops/sdn/predictor.js';
import { unknownName, withDefaults } from '../../options.js';
import { type Random, random } from '../../random.js';
import * as tf from '../../tf.js';
import { checkCount, checkNumber } from '../check.js';
import { adamW, type Optimizer } from '../optimizer.js';
import { cosine } from '../schedule.js';
import { type SdnNetwork, sdnNetwork } from './network.js';
import { accuracyOf, type FusedWeights, type SdnAccuracy, sdnReport } from './report.js';
import { type Sequences, truthOf, whiteNoise } from './sequences.js';
import { startingMaps } from './start.js';

export interface TrainSdnOptions {
  /** Decay per step of the neuron to imitate, in (0, 1). Default 0.125. */
  tau?: number;
  /** `membrane`: tau*u[t-1] (SDN). `spike`: the spike itself (SDN-S). Default `membrane`. */
  target?: SdnTarget;
  /** Sequences of N(0, 1) inputs, a tenth of them for validation. Default 50,000, the paper's. */
  sequences?: number;
  /** Steps of a sequence. Default 1,024, the paper's. */
  length?: number;
  /** Default 6. */
  epochs?: number;
  /** Sequences a step. Default 64. */
  batch?: number;
  /** At the start; falls to 0 by a cosine. Default 0.0001. */
  learningRate?: number;
  /** Default 0. */
  weightDecay?: number;
  /** Default 0. */
  seed?: number;
  /** Called after each epoch with the validation set's accuracy. */
  onEpoch?: (epoch: SdnEpoch) => void;
  signal?: AbortSignal;
}

export interface SdnEpoch extends SdnAccuracy {
  epoch: number;
  trainLoss: number;
}

export interface TrainedSdn {
  tau: number;
  target: SdnTarget;
  weights: FusedWeights;
  epochs: SdnEpoch[];
  /** Accuracy on 1,000 fresh sequences of several kinds. */
  report: Record<string, SdnAccuracy>;
  /** Writes the weights with options, report and the epoch they are of (0: the start); `sdn({ weights: path })` reads them. */
  save(path: string): void;
}

/**
 * Trains the surrogate dynamic network on white noise against the exact neuron: Smooth L1 loss, AdamW, cosine
 * annealing; then folds its batch norms into the 153-number form. The weights of the best epoch are kept, or those of
 * the start where none did better.
 * @example const trained = await trainSDN({ tau: 0.5 }); trained.save('sdn-0.5.safetensors');
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export async function trainSDN(options: TrainSdnOptions = {}): Promise<TrainedSdn> {
  const resolved = sdnOptions(options);
  const { tau, target, sequences, length, epochs, batch, seed, onEpoch, signal, ...rates } = resolved;
  const source = random(seed);
  const held = Math.max(1, Math.round(sequences / 10));
  const training = whiteNoise(source.fork(), sequences - held, length);
  const validation = whiteNoise(source.fork(), held, length);
  const calibration = windowsOf(
    training,
    Uint32Array.from({ length: Math.min(batch, training.count) }, (_, i) => i),
    tau,
    target,
  );
  const network = sdnNetwork(startingMaps(tau, target), calibration.windows, source.fork());
  tf.dispose(calibration);
  const optimizer = adamW(network, rates);
  const stepsPerEpoch = Math.ceil(training.count / batch);
  const schedule = cosine({ steps: epochs * stepsPerEpoch });
  const shuffle = source.fork();
  const done: SdnEpoch[] = [];
  const start = network.fuse();
  let best = { epoch: 0, weights: start, ...accuracyOf(start, validation, tau, target) };
  for (let epoch = 1; epoch <= epochs && !signal?.aborted; epoch++) {
    const step = (epoch - 1) * stepsPerEpoch;
    const rate = (i: number): number => schedule(step + i);
    const trainLoss = await trainEpoch(network, optimizer, rate, training, shuffle, resolved);
    const weights = network.fuse();
    const accuracy = accuracyOf(weights, validation, tau, target);
    if (accuracy.agreement > best.agreement) best = { epoch, weights, ...accuracy };
    done.push({ epoch, trainLoss, ...accuracy });
    onEpoch?.(done[done.length - 1]);
  }
  optimizer.dispose();
  network.dispose();
  if (done.length === 0)
    throw new RangeError('trainSDN: stopped before the first epoch ended, so there are no weights');
  const { epoch: kept, weights } = best;
  const report = sdnReport(weights, { tau, target, seed: seed + 1000 });
  const made = { tau, target, sequences, length, epochs, batch, seed, ...rates };
  return {
    tau,
    target,
    weights,
    epochs: done,
    report,
    save: (path) => {
      const tensors = Object.entries(weights).map(
        ([name, { shape, data }]) => [name, { dtype: 'F32' as const, shape, data }] as const,
      );
      writeSafetensors(path, new Map(tensors), {
        options: JSON.stringify(made),
        epoch: String(kept),
        report: JSON.stringify(report),
      });
    },
  };
}

/** One pass over the sequences in a new order; returns the mean loss. */
async function trainEpoch(
  network: SdnNetwork,
  optimizer: Optimizer,
  rate: (step: number) => number,
  data: Sequences,
  shuffle: Random,
  {
    batch,
    tau,
    target,
    signal,
  }: Required<Pick<TrainSdnOptions, 'batch' | 'tau' | 'target'>> & Pick<TrainSdnOptions, 'signal'>,
): Promise<number> {
  const order = shuffle.shuffle(Uint32Array.from({ length: data.count }, (_, i) => i));
  let sum = 0;
  let steps = 0;
  for (let at = 0; at < order.length && !signal?.aborted; at += batch) {
    const { windows, targets } = windowsOf(data, order.subarray(at, at + batch), tau, target);
    const { value, grads } = tf.variableGrads(
      () => smoothL1(tf.sub(network.apply(windows), targets)),
      Object.values(network.parameters),
    );
    sum += value.dataSync()[0];
    const gradients = Object.entries(network.parameters).map(([name, variable]) => [
      name,
      grads[variable.name],
    ]);
    optimizer.step(Object.fromEntries(gradients), rate(steps++));
    tf.dispose([windows, targets, value, grads]);
    await setImmediate();
  }
  return sum / steps;
}

/** Every step of the chosen sequences as a row: the eight inputs that the network sees, and its target. */
function windowsOf(
  data: Sequences,
  chosen: Uint32Array,
  tau: number,
  kind: SdnTarget,
): { windows: tf.Tensor2D; targets: tf.Tensor2D } {
  const { L, x } = data;
  const rows = chosen.length * L;
  const windows = new Float32Array(rows * TAPS);
  const targets = new Float32Array(rows);
  const first = kind === 'membrane' ? -TAPS : 1 - TAPS; // of the window, from t
  chosen.forEach((sequence, i) => {
    targets.set(truthOf(data, sequence, tau, kind).target, i * L);
    for (let t = 0; t < L; t++) {
      for (let k = Math.max(0, -first - t); k < TAPS; k++) {
        windows[(i * L + t) * TAPS + k] = x[sequence * L + t + first + k];
      }
    }
  });
  return { windows: tf.tensor2d(windows, [rows, TAPS]), targets: tf.tensor2d(targets, [rows, 1]) };
}

/** mean of d^2/2 where |d| < 1, else |d| - 1/2 */
function smoothL1(d: tf.Tensor): tf.Scalar {
  const size = tf.abs(d);
  const inside = tf.minimum(size, 1);
  return tf.mean(tf.sub(tf.mul(inside, size), tf.mul(0.5, tf.square(inside))));
}

function sdnOptions(
  options: TrainSdnOptions,
): Required<Omit<TrainSdnOptions, 'onEpoch' | 'signal'>> & Pick<TrainSdnOptions, 'onEpoch' | 'signal'> {
  const resolved = withDefaults('trainSDN', options, {
    tau: 0.125,
    target: 'membrane' as SdnTarget,
    sequences: 50_000,
    length: 1024,
    epochs: 6,
    batch: 64,
    learningRate: 0.0001,
    weightDecay: 0,
    seed: 0,
    onEpoch: undefined as TrainSdnOptions['onEpoch'],
    signal: undefined as TrainSdnOptions['signal'],
  });
  checkTau('trainSDN', resolved.tau);
  if (!['membrane', 'spike'].includes(resolved.target))
    throw unknownName('trainSDN', 'target', resolved.target, ['membrane', 'spike']);
  checkCount('trainSDN', 'sequences', resolved.sequences, 2);
  for (const name of ['length', 'epochs', 'batch'] as const) checkCount('trainSDN', name, resolved[name], 1);
  for (const name of ['learningRate', 'weightDecay'] as const)
    checkNumber('trainSDN', name, resolved[name], 0);
  return resolved;
}
