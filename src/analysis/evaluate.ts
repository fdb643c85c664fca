import type { Model } from '../layers/model.js';
import { withDefaults } from '../options.js';
import type { Dataset } from '../tasks/task.js';
import { holdsPairs } from '../train/cross-entropy.js';
import { trainedOn } from '../train/trained-on.js';
import { validate } from '../train/validate.js';
import { type Answers, answerCounter } from './answers.js';
import { type Energy, operationEnergy } from './energy.js';
import { inputCounter } from './inputs.js';
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
  /** Keep the spikes and currents of so many examples, from the first on (of pairs both sequences). Default 1. */
  keepSpikes?: number;
  /** Names of the classes in the order of their numbers. Default those that the model was trained with (`trainedOn`). */
  classNames?: readonly string[];
  /** Keep the probability of every class of each example: as many numbers as examples times classes. Default false. */
  keepProbabilities?: boolean;
}

/** What an evaluation found. Plain data. */
export interface Report extends Answers {
  examples: number;
  /** Share of examples classified rightly, in [0, 1]; null where numbers are learnt. */
  accuracy: number;
  /** Where numbers are learnt: 1 less the error's share of the variance (`Validation.r2`). */
  r2?: number | null;
  /** Mean cross-entropy, nats; where numbers are learnt the mean squared error, in squares of the training set's deviation. */
  loss: number;
  /** Mean true length of a sequence; of pairs, both together. */
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
 * Accuracy, answers class by class, spikes, operations and energy of a model on a whole data set: every example counts once, in evaluation
 * mode. The padding after a sequence's end counts nowhere. Lets the event loop turn after every batch.
 * @throws RangeError  for an empty set, a label outside the model's classes, or names of another number of classes
 */
export async function evaluate(
  model: Model & { readonly config?: OperationsConfig },
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Report> {
  const { batch, signal, onBatch, keepSpikes, classNames, keepProbabilities } = withDefaults<Filled>(
    'evaluate',
    options,
    {
      batch: 100,
      signal: undefined,
      onBatch: undefined,
      keepSpikes: 1,
      classNames: undefined,
      keepProbabilities: false,
    },
  );
  if (!Number.isSafeInteger(keepSpikes) || keepSpikes < 0) {
    throw new RangeError(`evaluate: keepSpikes must be a whole number of at least 0, got ${keepSpikes}`);
  }
  const begun = performance.now();
  const counter = spikeCounter();
  const zeros = zeroCounter();
  const kept = recorder();
  const inputs = inputCounter();
  const answers = answerCounter(model, keepProbabilities, classNames, trainedOn(model)?.classNames);
  let lengths: Int32Array | undefined;
  let [done, sequences] = [0, 1];
  const result = await validate(
    answers.model,
    watched(dataset, (next) => {
      lengths = next.lengths;
      sequences = holdsPairs(next) ? 2 : 1;
      inputs.add(next);
    }),
    {
      batch,
      signal,
      probe: (event) => {
        counter.add(event, lengths);
        zeros.add(event, lengths);
        kept.add(event, sequences * (keepSpikes - done), lengths);
      },
      onBatch: (event) => {
        done = event.done;
        answers.add(event.batch);
        onBatch?.({ done, total: event.total });
      },
    },
  );
  const layers = counter.activity();
  const rate = overallRate(layers);
  const { steps, density, ternary } = inputs.found();
  const L = steps / result.examples;
  // A model whose neurons do not spike has nothing to count.
  const rates = layers.length === 0 ? null : layers.map(({ rate }) => rate);
  const operations = model.config ? operationsOf(model.config, L, rates, density, ternary) : null;
  return {
    ...result,
    // Typed as what it is for classes, which nearly every report is of.
    accuracy: result.accuracy as number,
    ...answers.found(),
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

type Filled = EvaluateOptions & { batch: number; keepSpikes: number; keepProbabilities: boolean };
