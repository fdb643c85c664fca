import type { Model } from '../layers/model.js';
import { withDefaults } from '../options.js';
import type { Batch, Dataset } from '../tasks/task.js';
import * as tf from '../tf.js';
import { stepsOf } from '../train/cross-entropy.js';
import { validate } from '../train/validate.js';
import { type Energy, operationEnergy } from './energy.js';
import { type NetworkOperations, type OperationsConfig, operationsOf } from './operations.js';
import { type CurrentRecord, recorder, type SpikeRecord } from './records.js';
import { type LayerActivity, overallRate, spikeCounter, zeroCounter } from './sparsity.js';
import { watched } from './watched.js';

export interface EvaluateOptions {
  /** Examples a batch; the last one holds the rest. Default 100. */
  batch?: number;
  /** Stops between two batches by throwing the signal's reason. */
  signal?: AbortSignal;
  /** Called after each batch with the examples done and their total. */
  onBatch?: (event: { done: number; total: number }) => void;
  /** Keep the spikes and currents of so many examples, from the first on. Default 1. */
  keepSpikes?: number;
}

/** What an evaluation found. Plain data. */
export interface Report {
  examples: number;
  /** Share of examples classified rightly, in [0, 1]. */
  accuracy: number;
  /** Mean cross-entropy, nats. */
  loss: number;
  /** Mean true length of a sequence. */
  L: number;
  /** Spikes per neuron and step over all layers, in [0, 1]; 0 where neurons do not spike. */
  rate: number;
  /** Exact zeros among all outputs of all neurons, in [0, 1]: 1 - rate, where they spike. */
  zeros: number;
  /** Empty where neurons do not spike. */
  layers: LayerActivity[];
  /** Of the first `keepSpikes` examples, by layer. */
  spikes: SpikeRecord[];
  currents: CurrentRecord[];
  /** A sample's synaptic operations; null for a model without `config`. */
  operations: NetworkOperations | null;
  /** Energy of those operations; null for a model without `config`. */
  energy: Energy | null;
  seconds: number;
}

/**
 * Accuracy, spikes, operations and energy of a model on a whole data set: every example counts once, in evaluation
 * mode. Lets the event loop turn after every batch.
 * @throws RangeError  for an empty set, a label outside the model's classes, or spikes kept of sequences of
 *                     different padded length
 */
export async function evaluate(
  model: Model & { readonly config?: OperationsConfig },
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Report> {
  const { batch, signal, onBatch, keepSpikes } = withDefaults<Filled>('evaluate', options, {
    batch: 100,
    signal: undefined,
    onBatch: undefined,
    keepSpikes: 1,
  });
  if (!Number.isSafeInteger(keepSpikes) || keepSpikes < 0) {
    throw new RangeError(`evaluate: keepSpikes must be a whole number of at least 0, got ${keepSpikes}`);
  }
  const begun = performance.now();
  const counter = spikeCounter();
  const zeros = zeroCounter();
  const kept = recorder();
  const inputs = { steps: 0, numbers: 0, nonzero: 0 };
  let lengths: Int32Array | undefined;
  let done = 0;
  const result = await validate(
    model,
    watched(dataset, (next) => {
      lengths = next.lengths;
      countInputs(inputs, next);
    }),
    {
      batch,
      signal,
      probe: (event) => {
        counter.add(event, lengths);
        zeros.add(event, lengths);
        kept.add(event, keepSpikes - done);
      },
      onBatch: (event) => {
        done = event.done;
        onBatch?.({ done, total: event.total });
      },
    },
  );
  const layers = counter.activity();
  const rate = overallRate(layers);
  const L = inputs.steps / result.examples;
  // A model whose neurons do not spike has nothing to count.
  const rates = layers.length === 0 ? null : layers.map(({ rate }) => rate);
  const density = inputs.numbers === 0 ? 1 : inputs.nonzero / inputs.numbers;
  const operations = model.config ? operationsOf(model.config, L, rates, density) : null;
  return {
    ...result,
    L,
    rate,
    zeros: layers.length === 0 ? zeros.share() : 1 - rate,
    layers,
    spikes: kept.spikes(),
    currents: kept.currents(),
    operations,
    energy: operations && operationEnergy(operations.total),
    seconds: (performance.now() - begun) / 1000,
  };
}

type Filled = EvaluateOptions & { batch: number; keepSpikes: number };

/** Counts the true steps, and for real inputs the numbers in them and those that are not zero. */
function countInputs(counts: { steps: number; numbers: number; nonzero: number }, batch: Batch): void {
  const { x } = batch;
  const steps = stepsOf(batch);
  counts.steps += steps;
  if (x.dtype !== 'float32') return;
  counts.numbers += steps * x.shape[x.rank - 1];
  counts.nonzero += tf.tidy(() => tf.sum(tf.cast(tf.notEqual(x, 0), 'float32')).dataSync()[0]);
}
