import { table } from 'arquero';
import type { ColumnTable } from '../column-table.js';
import type { Model } from '../layers/model.js';
import * as tf from '../tf.js';
import { differences, relativeError } from './golden/compare.js';

/** What another implementation computed for the same input and parameters. Arrays are row-major. */
export interface ParityReference {
  logits: ArrayLike<number>;
  /** Input current of each layer's neurons, in units of v_th  [batch, L, H]. */
  currents?: readonly ArrayLike<number>[];
  /** Spikes of each layer  [batch, L, H]. */
  spikes?: readonly ArrayLike<number>[];
}

export interface ParityRow {
  /** `logits`, `current of layer 0`, `spikes of layer 0`. */
  name: string;
  /** max |ours - theirs| / max |theirs|; Infinity where sizes differ or a number of ours is not finite. */
  relative: number;
  /** Numbers that are not exactly theirs. For spikes, those that fell the other way. */
  different: number;
  total: number;
}

/**
 * How close a loaded model is to the implementation its parameters come from: its logits, and where given each layer's
 * currents and spikes, against theirs on the same input, in evaluation mode. A current that lies within rounding of the
 * threshold may spike in one and not in the other, and everything after that spike differs; the first row that is far
 * off says where it began.
 * @param x         float32 [batch, L, size], or token numbers int32 [batch, L]
 * @param lengths   true length of each sequence, where they differ
 * @throws RangeError  for currents or spikes of another number of layers
 * @example
 *   loadOfficialState(model, await loadTorch('model.pt'));
 *   parityTable(parity(model, x, { logits: theirs }));
 */
export function parity(
  model: Model,
  x: tf.Tensor,
  reference: ParityReference,
  lengths?: Int32Array,
): ParityRow[] {
  const rows: ParityRow[] = [];
  const seen = { current: 0, spikes: 0 };
  const given = { current: reference.currents, spikes: reference.spikes };
  const watched = reference.currents !== undefined || reference.spikes !== undefined;
  const logits = tf.tidy(() =>
    model
      .apply(x, {
        lengths,
        probe: watched
          ? ({ layer, name, value }) => {
              if (name === 'output') return;
              seen[name] = layer + 1;
              const theirs = given[name]?.[layer];
              if (theirs) rows.push(rowOf(`${name} of layer ${layer}`, value.dataSync(), theirs));
            }
          : undefined,
      })
      .dataSync(),
  );
  for (const name of ['current', 'spikes'] as const) {
    const layers = given[name]?.length;
    if (layers !== undefined && layers !== seen[name]) {
      throw new RangeError(`parity: the model has ${seen[name]} layers of ${name}, the reference ${layers}`);
    }
  }
  return [...rows, rowOf('logits', logits, reference.logits)];
}

/** One row a signal, in the order in which they are computed. */
export function parityTable(rows: readonly ParityRow[]): ColumnTable {
  return table({
    signal: rows.map(({ name }) => name),
    relative_error: rows.map(({ relative }) => relative),
    different: rows.map(({ different }) => different),
    of: rows.map(({ total }) => total),
  });
}

function rowOf(name: string, ours: ArrayLike<number>, theirs: ArrayLike<number>): ParityRow {
  const relative = relativeError(ours, theirs);
  return { name, relative, different: differences(ours, theirs), total: theirs.length };
}
