import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import { type Batch, disposeBatch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { answersOf } from './cross-entropy.js';
import {
  type Figures,
  figuresOf,
  type LossGradients,
  type LossOptions,
  type UnreadGradients,
  unreadGradients,
} from './gradients.js';
import { weightOf } from './loss.js';

/** What a batch in parts gave, while its numbers may still be on a device. */
export interface UnreadSum extends Omit<UnreadGradients, 'figures'> {
  /** Of each part. The caller disposes the tensors. */
  parts: Pick<UnreadGradients, 'figures' | 'weight'>[];
}

/**
 * `lossGradients` of a batch in parts of at most `size` examples, one after the other: the mean over the whole batch,
 * each part by its share of the examples. Batch norm sees one part at a time; the rate penalty's target is compared
 * with the rate of each part.
 */
export function accumulatedGradients(
  model: Model,
  batch: Batch,
  random: Random,
  size: number,
  options: LossOptions = {},
): LossGradients {
  const { parts, ...rest } = unreadSum(model, batch, random, size, options);
  const numbers = readParts(parts);
  tf.dispose(parts.map(({ figures }) => figures));
  return { ...numbers, ...rest };
}

/** Figures of the whole batch. */
export function readParts(parts: UnreadSum['parts']): Figures {
  return meanOf(
    parts.map(({ figures }) => figuresOf(figures.dataSync())),
    parts.map(({ weight }) => weight),
  );
}

/** Figures of the whole batch from those of its parts, and what each counts. */
export function meanOf(parts: readonly Figures[], weights: readonly number[]): Figures {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const sum: Figures = { loss: 0, correct: 0, rate: null };
  parts.forEach(({ loss, correct, rate }, i) => {
    const share = weights[i] / all;
    sum.loss += share * loss;
    sum.correct += correct;
    if (rate !== null) sum.rate = (sum.rate ?? 0) + share * rate;
  });
  return sum;
}

/** `accumulatedGradients` without waiting for its numbers. */
export function unreadSum(
  model: Model,
  batch: Batch,
  random: Random,
  size: number,
  options: LossOptions = {},
): UnreadSum {
  const examples = batch.y.shape[0];
  if (examples <= size) {
    const { figures, ...rest } = unreadGradients(model, batch, random, options);
    return { parts: [{ figures, weight: rest.weight }], ...rest };
  }
  const sum: UnreadSum = {
    parts: [],
    examples: answersOf(batch),
    weight: weightOf(batch, options),
    tokens: 0,
    gradients: {},
  };
  try {
    for (let from = 0; from < examples; from += size) {
      const part = slice(batch, from, Math.min(size, examples - from));
      try {
        add(sum, unreadGradients(model, part, random, options));
      } finally {
        disposeBatch(part);
      }
    }
  } catch (error) {
    tf.dispose([sum.gradients, sum.parts.map(({ figures }) => figures)]);
    throw error;
  }
  return sum;
}

/** From the arrays the batch was made of: a tensor's part would have to be read back from the device to be checked. */
function slice({ x, y, lengths }: Batch, from: number, size: number): Batch {
  const part = <T extends tf.Tensor>(whole: T): T => {
    const each = whole.size / whole.shape[0];
    const values = whole.dataSync().slice(from * each, (from + size) * each);
    return tf.tensor(values, [size, ...whole.shape.slice(1)], whole.dtype) as T;
  };
  // Two of each pair.
  const sequences = (lengths?.length ?? 0) / y.shape[0];
  return {
    x: part(x),
    y: part(y),
    lengths: lengths?.subarray(from * sequences, (from + size) * sequences),
  };
}

/** Adds a part to the sum over the batch and disposes its gradients. */
function add(sum: UnreadSum, { figures, weight, tokens, gradients }: UnreadGradients): void {
  const share = weight / sum.weight;
  sum.parts.push({ figures, weight });
  sum.tokens += tokens;
  for (const [name, gradient] of Object.entries(gradients)) {
    const before = sum.gradients[name];
    sum.gradients[name] = tf.tidy(() => {
      const own = tf.mul(gradient, share);
      return before ? tf.add(before, own) : own;
    });
    tf.dispose([gradient, before]);
  }
}
