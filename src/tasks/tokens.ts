import * as tf from '../tf.js';
import { indexedDataset } from './dataset.js';
import type { Batch, Dataset } from './task.js';
import { SPECIAL } from './vocabulary.js';

/** Labelled sequences of token numbers, one after the other in one array. */
export interface TokenSequences {
  readonly tokens: Uint8Array | Uint16Array;
  /** Where each sequence starts, and the end of the last  [n + 1] */
  readonly starts: Uint32Array;
  /** [n] */
  readonly labels: Uint8Array;
}

/**
 * Collects sequences whose number and lengths are not known beforehand.
 * @param wide  token numbers of up to 65,535 instead of 255
 */
export function tokenCollector(wide = false): {
  add(tokens: ArrayLike<number>, length: number, label: number): void;
  done(): TokenSequences;
} {
  const make = (size: number) => (wide ? new Uint16Array(size) : new Uint8Array(size));
  let all = make(1 << 16);
  const starts = [0];
  const labels: number[] = [];
  return {
    add: (tokens, length, label) => {
      const start = starts[starts.length - 1];
      if (start + length > all.length) {
        const larger = make(Math.max(2 * all.length, start + length));
        larger.set(all);
        all = larger;
      }
      for (let i = 0; i < length; i++) all[start + i] = tokens[i];
      starts.push(start + length);
      labels.push(label);
    },
    done: () => ({
      tokens: all.slice(0, starts[starts.length - 1]),
      starts: Uint32Array.from(starts),
      labels: Uint8Array.from(labels),
    }),
  };
}

/** A data set of all the sequences; each batch is padded to its own longest. */
export function tokenDataset(sequences: TokenSequences): Dataset {
  const { starts, labels } = sequences;
  return indexedDataset(
    Uint32Array.from(labels, (_, i) => i),
    (chosen) => tokenBatch(sequences, chosen),
    (example) => starts[example + 1] - starts[example],
  );
}

function tokenBatch({ tokens, starts, labels }: TokenSequences, chosen: Uint32Array): Batch {
  const lengths = Int32Array.from(chosen, (example) => starts[example + 1] - starts[example]);
  const L = Math.max(...lengths);
  const x = new Int32Array(chosen.length * L).fill(SPECIAL.pad);
  chosen.forEach((example, b) => {
    x.set(tokens.subarray(starts[example], starts[example + 1]), b * L);
  });
  return {
    x: tf.tensor2d(x, [chosen.length, L], 'int32'),
    y: tf.tensor1d(
      Int32Array.from(chosen, (example) => labels[example]),
      'int32',
    ),
    lengths,
  };
}
