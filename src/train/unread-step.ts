import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import type { Batch } from '../tasks/task.js';
import * as tf from '../tf.js';
import { type KeptBuffers, keepBuffers } from './buffers.js';
import { figuresOf } from './gradients.js';
import { meanOf, unreadSum } from './micro-batch.js';
import type { Optimizer } from './optimizer.js';
import type { StepOptions, StepResult } from './step.js';

/** A step whose numbers are still on a device. */
export interface UnreadStep extends Pick<StepResult, 'examples' | 'weight' | 'tokens'> {
  /** Length of all gradients, then the figures of each part of the batch. */
  figures: tf.Tensor1D;
  /** Answers of each part. */
  parts: number[];
  /** Whether its numbers are finite, and those of the steps before it that are not read yet. */
  good: tf.Scalar;
  /** As they were before it. */
  buffers: KeptBuffers;
}

/** A step on tensors alone. @param earlier  the step before, if it is not read yet */
export function unreadStep(
  model: Model,
  batch: Batch,
  optimizer: Optimizer,
  scale: number,
  masks: Random,
  { microBatch = Infinity, clip = false, ...loss }: StepOptions,
  earlier?: UnreadStep,
): UnreadStep {
  const buffers = keepBuffers(model);
  try {
    const { parts, gradients, ...counts } = unreadSum(model, batch, masks, microBatch, loss);
    const [figures, good] = tf.tidy(() => {
      const norm = normOf(gradients);
      const losses = parts.map((part) => tf.slice(part.figures, 0, 1).asScalar());
      const finite = tf.isFinite(tf.addN([norm, ...losses])) as tf.Scalar;
      const allGood = earlier ? (tf.logicalAnd(earlier.good, finite) as tf.Scalar) : finite;
      optimizer.step(clip === false ? gradients : clipped(gradients, norm, clip), scale, allGood);
      return [tf.concat1d([norm.as1D(), ...parts.map((part) => part.figures)]), allGood];
    });
    tf.dispose([gradients, parts.map((part) => part.figures)]);
    return { ...counts, figures, good, parts: parts.map(({ weight }) => weight), buffers };
  } catch (error) {
    buffers.restore();
    buffers.dispose();
    throw error;
  }
}

/** The numbers of steps, in one read. */
export function readUnread(steps: readonly UnreadStep[]): StepResult[] {
  if (steps.length === 0) return [];
  const all = tf.tidy(() => tf.concat1d(steps.map(({ figures }) => figures)).dataSync<'float32'>());
  let at = 0;
  return steps.map(({ figures, parts, examples, weight, tokens }) => {
    const own = all.subarray(at, at + figures.size);
    at += figures.size;
    const each = (figures.size - 1) / parts.length;
    const ofParts = parts.map((_, i) => figuresOf(own.subarray(1 + i * each, 1 + (i + 1) * each)));
    return { ...meanOf(ofParts, parts), examples, weight, tokens, gradientNorm: own[0] };
  });
}

/**
 * Length of all gradients as one vector; not finite where one of their numbers is not. In units of the largest, whose
 * square float32 may not hold.
 */
function normOf(gradients: Readonly<Record<string, tf.Tensor>>): tf.Scalar {
  const all = tf.concat1d(Object.values(gradients).map((gradient) => gradient.as1D()));
  const largest = tf.max(tf.abs(all));
  return tf.mul(largest, tf.sqrt(tf.sum(tf.square(tf.divNoNan(all, largest)))));
}

function clipped(
  gradients: Readonly<Record<string, tf.Tensor>>,
  norm: tf.Scalar,
  clip: number,
): Record<string, tf.Tensor> {
  const factor = tf.minimum(1, tf.div(clip, norm));
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]),
  );
}
