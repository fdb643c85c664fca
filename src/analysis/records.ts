import type { Probe } from '../layers/model.js';

/**
 * One layer's signal for the first examples of a set, row-major. Behind the end of a sequence that is shorter than L
 * there is nothing: 0, which is no value of it (`ownValues` leaves it out).
 */
export interface LayerRecord<Values extends Uint8Array | Float32Array> {
  layer: number;
  /** Of pairs both sequences are examples, one after the other. */
  shape: [examples: number, L: number, H: number];
  /** True length of each example [examples]. */
  lengths: number[];
  values: Values;
}

/** 0 or 1 for each [example, step, neuron]. */
export type SpikeRecord = LayerRecord<Uint8Array>;
/** Input current x[t] in units of v_th for each [example, step, neuron]. */
export type CurrentRecord = LayerRecord<Float32Array>;

export interface Recorder {
  /**
   * @param count    how many sequences of the batch to keep, from its first on
   * @param lengths  true length of each sequence [batch]; default L
   */
  add(event: Probe, count: number, lengths?: Int32Array): void;
  spikes(): SpikeRecord[];
  currents(): CurrentRecord[];
}

/** Keeps the signals of single examples, out of the reach of tensors. */
export function recorder(): Recorder {
  const kept = { spikes: new Map<number, Piece[]>(), current: new Map<number, Piece[]>() };
  return {
    add: ({ layer, name, value }, count, lengths) => {
      if (name === 'output') return;
      const [batch, L, H] = value.shape;
      const size = Math.min(count, batch);
      if (size <= 0) return;
      const part = value.slice([0, 0, 0], [size, L, H]);
      const values = part.dataSync<'float32'>().slice();
      part.dispose();
      const own = Array.from({ length: size }, (_, example) => lengths?.[example] ?? L);
      const pieces = kept[name].get(layer) ?? [];
      kept[name].set(layer, [...pieces, { lengths: own, L, H, values }]);
    },
    spikes: () => joined(kept.spikes, (length) => new Uint8Array(length)),
    currents: () => joined(kept.current, (length) => new Float32Array(length)),
  };
}

/** All values of a layer's record without what lies behind each sequence's end, one sequence after the other. */
export function ownValues<Values extends Uint8Array | Float32Array>(record: LayerRecord<Values>): Values {
  const [, L, H] = record.shape;
  return record.values.filter(
    (_, i) => Math.floor(i / H) % L < record.lengths[Math.floor(i / (L * H))],
  ) as Values;
}

/**
 * One neuron's signal over time, as far as the sequence goes: [its true length].
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
  const own = record.values.subarray(example * L * H, (example * L + record.lengths[example]) * H);
  return own.filter((_, i) => i % H === channel) as Values;
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}

/** Of one batch: as long as its longest sequence. */
interface Piece {
  lengths: number[];
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
      const lengths = pieces.flatMap((piece) => piece.lengths);
      const [L, H] = [Math.max(...pieces.map((piece) => piece.L)), pieces[0].H];
      const values = make(lengths.length * L * H);
      let example = 0;
      for (const piece of pieces) {
        piece.lengths.forEach((length, i) => {
          const from = i * piece.L * H;
          values.set(piece.values.subarray(from, from + length * H), example * L * H);
          example++;
        });
      }
      return { layer, shape: [lengths.length, L, H], lengths, values };
    });
}
