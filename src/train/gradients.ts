import * as tf from '@tensorflow/tfjs';
import type { Model } from '../layers/model.js';
import type { Random } from '../random.js';
import type { Batch } from '../tasks/task.js';
import { checkBatch, checkLogits, countCorrect, crossEntropy } from './cross-entropy.js';

export interface LossGradients {
  /** Mean cross-entropy of the batch, in nats. */
  loss: number;
  correct: number;
  examples: number;
  /** By parameter name; a parameter the loss does not depend on is not listed. The caller disposes them. */
  gradients: Record<string, tf.Tensor>;
}

/**
 * Loss of one batch, in training mode, and its gradient by every parameter.
 * @param random  source of the dropout masks
 */
export function lossGradients(model: Model, batch: Batch, random: Random): LossGradients {
  const examples = checkBatch('train', batch);
  let correct = 0;
  const { value, grads } = tf.variableGrads(() => {
    const given = model.apply(batch.x, { training: true, random, lengths: batch.lengths });
    const logits = checkLogits('train', given, batch);
    correct = countCorrect(logits, batch.y);
    return crossEntropy(logits, batch.y);
  }, Object.values(model.parameters));
  const loss = value.dataSync()[0];
  value.dispose();
  // tfjs answers by the variables' own names, which need not be the checkpoint's.
  const gradients: Record<string, tf.Tensor> = {};
  for (const [name, variable] of Object.entries(model.parameters)) {
    if (grads[variable.name]) gradients[name] = grads[variable.name];
  }
  return { loss, correct, examples, gradients };
}
