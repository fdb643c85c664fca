import type { Probe } from '../layers/model.js';

/** One layer's signal for the first examples of a set, row-major. */
export interface LayerRecord<Values extends Uint8Array | Float32Array> {
  layer: number;
  shape: [examples: number, L: number, H: number];
  values: Values;
}

/** 0 or 1 for each [example, step, neuron]. */
export type SpikeRecord = LayerRecord<Uint8Array>;
/** Input current x[t] in units of v_th for each [example, step, neuron]. */
export type CurrentRecord = LayerRecord<Float32Array>;

export interface Recorder {
  /** @param count  how many examples of the batch to keep, from its first on */
  add(event: Probe, count: number): void;
  spikes(): SpikeRecord[];
  currents(): CurrentRecord[];
}

/** Keeps the signals of single examples, out of the reach of tensors. */
export function recorder(): Recorder {
  const kept = { spikes: new Map<number, Piece[]>(), current: new Map<number, Piece[]>() };
  return {
    add: ({ layer, name, value }, count) => {
      if (name === 'output') return;
      const [batch, L, H] = value.shape;
      const size = Math.min(count, batch);
      if (size <= 0) return;
      const part = value.slice([0, 0, 0], [size, L, H]);
      const values = part.dataSync<'float32'>().slice();
      part.dispose();
      const pieces = kept[name].get(layer) ?? [];
      kept[name].set(layer, [...pieces, { examples: size, L, H, values }]);
    },
    spikes: () => joined(kept.spikes, (length) => new Uint8Array(length)),
    currents: () => joined(kept.current, (length) => new Float32Array(length)),
  };
}

/**
 * One neuron's signal over time [L].
 * @throws RangeError  for a layer, example or neuron that was not kept
 */
export function neuronSeries<Values extends Uint8Array | Float32Array>(
  records: readonly LayerRecord<Values>[],
  { layer, channel, example = 0 }: { layer: number; channel: number; example?: number },
): Values {
  const record = records.find((one) => one.layer === layer);
  if (record === undefined) {
    const known = records.map((one) => one.layer).join(', ') || 'none';
    throw new RangeError(`neuronSeries: no record of layer ${layer} (layers there: ${known})`);
  }
  const [examples, L, H] = record.shape;
  if (!isIndex(example, examples) || !isIndex(channel, H)) {
    throw new RangeError(
      `neuronSeries: example must be below ${examples} and channel below ${H}, got ${example} and ${channel}`,
    );
  }
  const own = record.values.subarray(example * L * H, (example + 1) * L * H);
  return own.filter((_, i) => i % H === channel) as Values;
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

interface Piece {
  examples: number;
  L: number;
  H: number;
  values: Float32Array;
}

function joined<Values extends Uint8Array | Float32Array>(
  layers: Map<number, Piece[]>,
  make: (length: number) => Values,
): LayerRecord<Values>[] {
  return [...layers.entries()]
    .sort(([a], [b]) => a - b)
    .map(([layer, pieces]) => {
      const { L, H } = pieces[0];
      const examples = pieces.reduce((sum, piece) => sum + piece.examples, 0);
      if (pieces.some((piece) => piece.L !== L)) {
        throw new RangeError(
          `evaluate: cannot keep examples of ${pieces.map((piece) => piece.L).join(' and ')} steps together ` +
            '(lower keepSpikes to the first batch)',
        );
      }
      const values = make(examples * L * H);
      let at = 0;
      for (const piece of pieces) {
        values.set(piece.values, at);
        at += piece.values.length;
      }
      return { layer, shape: [examples, L, H], values };
    });
}
