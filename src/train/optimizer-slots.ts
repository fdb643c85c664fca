import { adamwSteps } from '../ops/adamw/index.js';
import { adamwTensors } from '../ops/adamw/tensorflow.js';
import * as tf from '../tf.js';
import type { OptimizerState } from './optimizer.js';

/** One parameter's part in a step. */
export interface OptimizerPart {
  name: string;
  variable: tf.Variable;
  gradient: tf.Tensor;
  learningRate: number;
  weightDecay: number;
}

/** AdamW's running means by parameter name, where the backend wants them, and the step that changes them. */
export interface OptimizerSlots {
  /** @param step  counted from 1 */
  change(parts: readonly OptimizerPart[], step: number, good?: tf.Scalar): void;
  /** Copies. */
  read(): Pick<OptimizerState, 'm' | 'v'>;
  /** Replaces all of them by copies of these. */
  write(given: Pick<OptimizerState, 'm' | 'v'>): void;
}

/** As arrays of the host. */
export function hostSlots(betas: readonly [number, number], eps: number): OptimizerSlots {
  let m: Record<string, Float32Array> = {};
  let v: Record<string, Float32Array> = {};
  return {
    change: (parts, step) => {
      const changes = parts.map(({ name, variable, gradient, ...rates }) => {
        m[name] ??= new Float32Array(variable.size);
        v[name] ??= new Float32Array(variable.size);
        return {
          ...rates,
          variable,
          // A copy: other tensors may share the variable's values.
          parameter: (variable.dataSync() as Float32Array).slice(),
          gradient: gradient.dataSync<'float32'>(),
          m: m[name],
          v: v[name],
        };
      });
      adamwSteps(changes, { betas, eps, step });
      for (const { variable, parameter } of changes) {
        tf.tidy(() => variable.assign(tf.tensor(parameter, variable.shape)));
      }
    },
    read: () => structuredClone({ m, v }),
    write: (given) => {
      ({ m, v } = structuredClone({ m: given.m, v: given.v }));
    },
  };
}

/** As tensors. Parameters with the same rates are changed together, as one long row. */
export function deviceSlots(betas: readonly [number, number], eps: number): OptimizerSlots {
  const slots = { m: new Map<string, tf.Tensor1D>(), v: new Map<string, tf.Tensor1D>() };
  const names = ['m', 'v'] as const;
  const put = (slot: 'm' | 'v', name: string, value: tf.Tensor1D): void => {
    slots[slot].get(name)?.dispose();
    slots[slot].set(name, tf.keep(value));
  };
  const changeGroup = (parts: readonly OptimizerPart[], step: number, good: tf.Scalar): void => {
    const { learningRate, weightDecay } = parts[0];
    const row = (of: (part: OptimizerPart) => tf.Tensor): tf.Tensor1D =>
      tf.concat1d(parts.map((part) => tf.reshape(of(part), [-1])));
    const slot = (from: ReadonlyMap<string, tf.Tensor1D>): tf.Tensor1D =>
      row(({ name, variable }) => from.get(name) ?? tf.zeros([variable.size]));
    const after = adamwTensors(
      {
        parameter: row(({ variable }) => variable),
        gradient: row(({ gradient }) => gradient),
        m: slot(slots.m),
        v: slot(slots.v),
      },
      { learningRate, weightDecay, betas, eps, step },
      good,
    );
    const sizes = parts.map(({ variable }) => variable.size);
    const [parameters, m, v] = [after.parameter, after.m, after.v].map((all) => tf.split(all, sizes));
    parts.forEach(({ name, variable }, i) => {
      variable.assign(tf.reshape(parameters[i], variable.shape));
      put('m', name, m[i] as tf.Tensor1D);
      put('v', name, v[i] as tf.Tensor1D);
    });
  };
  return {
    change: (parts, step, good) =>
      tf.tidy(() => {
        const yes = good ?? tf.scalar(true, 'bool');
        for (const group of byRates(parts)) changeGroup(group, step, yes);
      }),
    read: () => {
      const arrays = (of: ReadonlyMap<string, tf.Tensor1D>): Record<string, Float32Array> =>
        Object.fromEntries([...of].map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()]));
      return { m: arrays(slots.m), v: arrays(slots.v) };
    },
    write: (given) => {
      for (const slot of names) {
        tf.dispose([...slots[slot].values()]);
        slots[slot].clear();
        for (const [name, values] of Object.entries(given[slot])) {
          slots[slot].set(name, tf.keep(tf.tensor1d(values.slice())));
        }
      }
    },
  };
}

function byRates(parts: readonly OptimizerPart[]): OptimizerPart[][] {
  const groups = new Map<string, OptimizerPart[]>();
  for (const part of parts) {
    const rates = `${part.learningRate} ${part.weightDecay}`;
    groups.set(rates, [...(groups.get(rates) ?? []), part]);
  }
  return [...groups.values()];
}
