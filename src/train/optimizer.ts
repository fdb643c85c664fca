import type { Model } from '../layers/model.js';
import { readsWait } from '../ops/operation.js';
import { withDefaults } from '../options.js';
import * as tf from '../tf.js';
import { checkNumber } from './check.js';
import { deviceSlots, hostSlots, type OptimizerPart } from './optimizer-slots.js';

export interface AdamWOptions {
  /** Upper rate of the parameters whose group sets no lower one. Default 0.01. */
  learningRate?: number;
  /** Decoupled weight decay of the parameters whose group has decay. Default 0.01. */
  weightDecay?: number;
  /** Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Default 1e-8. */
  eps?: number;
}

/** All that AdamW remembers between steps, as plain arrays by parameter name. */
export interface OptimizerState {
  /** Steps done. */
  step: number;
  /** Running mean of each parameter's gradient; a parameter that never had one is not listed. */
  m: Record<string, Float32Array>;
  /** Running mean of the gradient's square. */
  v: Record<string, Float32Array>;
}

export interface Optimizer {
  /** Learning rate that `scale` = 1 stands for. */
  readonly learningRate: number;
  /**
   * Changes the model's parameters once. One without a gradient stays untouched, decay included.
   * @param gradients  by parameter name (`gradients`), or by the variables' own names (`tf.variableGrads`), each of the
   *                   parameter's shape; not disposed. Whether they are finite is the caller's to see
   * @param scale      factor of every group's learning rate, from the schedule. Default 1
   * @param good       on `tensorflow`: a scalar bool, whether the step is to change anything. Default yes
   */
  step(gradients: Readonly<Record<string, tf.Tensor>>, scale?: number, good?: tf.Scalar): void;
  /** Copy of the state. */
  state(): OptimizerState;
  /** Continues from `state()`; throws where it does not fit the model. */
  restore(state: OptimizerState): void;
  /** Gives up what it holds of a device: on `tensorflow` its running means. */
  dispose(): void;
}

/**
 * AdamW with the model's parameter groups: rate min(learningRate, group's maximum), weight decay or none.
 * The maximum is taken before the schedule's factor, as with one torch parameter group each.
 */
export function adamW(model: Pick<Model, 'parameters' | 'group'>, options?: AdamWOptions): Optimizer {
  const { learningRate, weightDecay, betas, eps } = withDefaults<Required<AdamWOptions>>('adamW', options, {
    learningRate: 0.01,
    weightDecay: 0.01,
    betas: [0.9, 0.999],
    eps: 1e-8,
  });
  checkNumber('adamW', 'learningRate', learningRate, 0);
  checkNumber('adamW', 'weightDecay', weightDecay, 0);
  checkNumber('adamW', 'eps', eps, 0);
  for (const beta of betas) {
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`adamW: betas must be in [0, 1), got [${betas}]`);
  }
  const part = (name: string, gradient: tf.Tensor, scale: number): OptimizerPart => {
    if (!(gradient instanceof tf.Tensor)) {
      throw new TypeError(`adamW: the gradient of ${name} must be a tensor, got ${gradient}`);
    }
    const { maxLearningRate = Infinity, decay } = model.group(name);
    return {
      name,
      variable: variableOf(model, name, gradient.size),
      gradient,
      learningRate: Math.min(learningRate, maxLearningRate) * scale,
      weightDecay: decay ? weightDecay : 0,
    };
  };
  const slots = readsWait() ? deviceSlots(betas, eps) : hostSlots(betas, eps);
  let step = 0;
  return {
    learningRate,
    step: (gradients, scale = 1, good) => {
      checkNumber('adamW', 'scale', scale, 0);
      const parts = Object.entries(gradients).map(([name, gradient]) =>
        part(parameterName(model, name), gradient, scale),
      );
      if (new Set(parts.map(({ name }) => name)).size < parts.length) {
        throw new RangeError(
          'adamW: two gradients are given for one parameter (by its own and its variable’s name)',
        );
      }
      step++;
      slots.change(parts, step, good);
    },
    state: () => ({ step, ...slots.read() }),
    restore: (given) => {
      for (const name of new Set([...Object.keys(given.m), ...Object.keys(given.v)])) {
        variableOf(model, name, given.m[name]?.length ?? 0);
        variableOf(model, name, given.v[name]?.length ?? 0);
      }
      step = given.step;
      slots.write(given);
    },
    dispose: () => slots.write({ m: {}, v: {} }),
  };
}

/** Name of the parameter that a name stands for: its own, or that of its variable, by which tfjs's functions answer. */
function parameterName({ parameters }: Pick<Model, 'parameters'>, name: string): string {
  if (Object.hasOwn(parameters, name)) return name;
  const own = Object.keys(parameters).find((one) => parameters[one].name === name);
  if (own !== undefined) return own;
  throw unknownParameter(name);
}

function unknownParameter(name: string): TypeError {
  return new TypeError(
    `adamW: the model has no parameter "${name}" (gradients(model, loss) gives gradients by its names; ` +
      'tf.variableGrads those of what it is told: pass it Object.values(model.parameters))',
  );
}

function variableOf(model: Pick<Model, 'parameters'>, name: string, size: number): tf.Variable {
  if (!Object.hasOwn(model.parameters, name)) throw unknownParameter(name);
  const variable = model.parameters[name];
  if (variable.size !== size) {
    throw new RangeError(`adamW: ${name} has ${variable.size} elements, got ${size}`);
  }
  return variable;
}
