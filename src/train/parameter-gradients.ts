import type { Model } from '../layers/model.js';
import * as tf from '../tf.js';
import { normOf, notFinite } from './clip.js';

export interface ParameterGradients {
  loss: number;
  /** Length of all gradients as one vector. */
  norm: number;
  /** By official parameter name; a parameter the loss does not depend on is not listed. The caller disposes them. */
  gradients: Record<string, tf.Tensor>;
}

/**
 * Gradients of a loss of your own by every parameter of a model: the first line of a training loop of your own.
 * @param objective  gives the loss, a scalar tensor, from `model.apply` and whatever else is to count; what it makes on
 *                   the way is freed
 * @throws RangeError  `gradients: the loss is NaN (lower …)`, the same for a gradient, with the parameter's name; and
 *   where the loss depends on no parameter
 * @throws TypeError   where the function gives anything but a scalar tensor
 * @example
 *   const optimizer = adamW(model, { learningRate: 0.01 });
 *   const schedule = cosine({ steps: 200, warmup: 20 });
 *   const source = random(1);
 *   for (let step = 0; step < 200; ) {
 *     for (const batch of task.train.batches({ batch: 32, random: source })) {
 *       const found = gradients(model, () => {
 *         const logits = model.apply(batch.x, { training: true, random: source, lengths: batch.lengths });
 *         return tf.losses.softmaxCrossEntropy(tf.oneHot(batch.y, task.classes), logits); // or any other
 *       });
 *       const clipped = clipGradients(found.gradients, 1);
 *       optimizer.step(clipped, schedule(step++));
 *       tf.dispose(clipped);
 *       disposeBatch(batch);
 *     }
 *   }
 *   optimizer.dispose();
 */
export function gradients(
  model: Pick<Model, 'parameters'>,
  objective: () => tf.Scalar | tf.Tensor,
): ParameterGradients {
  const { value, gradients: found } = namedGradients(model, () => scalar(objective()));
  const loss = value.dataSync()[0];
  value.dispose();
  const norm = normOf(found);
  if (Number.isFinite(loss) && Number.isFinite(norm)) return { loss, norm, gradients: found };
  const error = Number.isFinite(loss)
    ? notFinite('gradients', found)
    : new RangeError(
        `gradients: the loss is ${loss} (lower the learning rate, or look for extreme values in the data)`,
      );
  tf.dispose(found);
  throw error;
}

/** The same as tensors, which may still be on a device: value and gradients are the caller's. */
export function namedGradients(
  model: Pick<Model, 'parameters'>,
  objective: () => tf.Scalar,
): { value: tf.Scalar; gradients: Record<string, tf.Tensor> } {
  let answer: { value: tf.Scalar; grads: tf.NamedTensorMap };
  try {
    answer = tf.tidy(() => tf.variableGrads(objective, Object.values(model.parameters)));
  } catch (error) {
    disposeTape();
    throw dependsOnNothing(error) ?? error;
  }
  // tfjs answers by the variables' own names, which need not be the checkpoint's.
  const named: Record<string, tf.Tensor> = {};
  for (const [name, variable] of Object.entries(model.parameters)) {
    if (answer.grads[variable.name]) named[name] = answer.grads[variable.name];
  }
  return { value: answer.value, gradients: named };
}

function scalar(loss: unknown): tf.Scalar {
  if (loss instanceof tf.Tensor && loss.rank === 0) return loss as tf.Scalar;
  const got = loss instanceof tf.Tensor ? `shape [${loss.shape.join(', ')}]` : String(loss);
  throw new TypeError(
    `gradients: the function must return the loss as a scalar tensor, got ${got} (tf.mean makes one of many)`,
  );
}

/** tfjs notices it only when all is computed. */
function dependsOnNothing(error: unknown): Error | undefined {
  if (!/^Cannot find a connection/.test((error as Error).message)) return undefined;
  return new RangeError(
    'gradients: the loss depends on no parameter of the model (compute it from model.apply, within the function and by tensor operations)',
  );
}

/** What an objective has kept for its gradient: tfjs frees it only where the objective comes to its end. */
function disposeTape(): void {
  const { state } = tf.engine();
  tf.dispose(state.activeTape?.map(({ saved }) => saved));
  state.activeTape = [];
}
