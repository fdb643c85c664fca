import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Model } from '../layers/model.js';
import { withDefaults } from '../options.js';
import { random } from '../random.js';
import { disposeBatch, type Task } from '../tasks/task.js';
import { endlessBatches } from './batches.js';
import { checkCount, checkNumber } from './check.js';
import { adamW } from './optimizer.js';
import { NotFiniteError, trainStep } from './step.js';

export interface LearningRateOptions {
  /** Rate of the first and of the last step. Default 1e-5 and 1. */
  from?: number;
  to?: number;
  /** Default 100. */
  steps?: number;
  /** Examples a step. Default 50. */
  batch?: number;
  /** Examples whose signals are in memory at once. Default the whole batch. */
  microBatch?: number;
  /** Default 0.01. */
  weightDecay?: number;
  /** Of the order of examples and of the dropout masks. Default 0. */
  seed?: number;
  /** Ends the search between two steps; what there is is returned. */
  signal?: AbortSignal;
}

/** What the search saw. Plain data. */
export interface LearningRateSearch {
  /** Loss of each step's batch in nats before the step, and its running mean, by the step's learning rate. */
  points: { learningRate: number; loss: number; smooth: number }[];
  /** Where the running mean falls fastest by the logarithm of the rate; null where it never falls. */
  suggestion: number | null;
}

/** Weight of the past in the running mean. */
const PAST = 0.9;
/** The search ends where the running mean is so many times its lowest. */
const DIVERGED = 4;

/**
 * Raises the learning rate from step to step, by the same factor each, and records the loss: too low a rate changes
 * nothing, a good one makes it fall, too high a one makes it rise. The model is as before afterwards.
 * @returns points to look at (`figures.learningRate`), and where the loss fell fastest
 * @throws TypeError, RangeError  for bad options or labels; a loss that is not finite ends the search and is no error
 * Source: Smith 2017, arXiv 1506.01186.
 */
export async function findLearningRate(
  model: Model,
  task: Task,
  options: LearningRateOptions = {},
): Promise<LearningRateSearch> {
  const { from, to, steps, batch, microBatch, weightDecay, seed, signal } = withDefaults<Filled>(
    'findLearningRate',
    options,
    {
      from: 1e-5,
      to: 1,
      steps: 100,
      batch: 50,
      microBatch: undefined,
      weightDecay: 0.01,
      seed: 0,
      signal: undefined,
    },
  );
  checkCount('findLearningRate', 'steps', steps, 2);
  checkCount('findLearningRate', 'batch', batch, 1);
  if (microBatch !== undefined) checkCount('findLearningRate', 'microBatch', microBatch, 1);
  checkNumber('findLearningRate', 'weightDecay', weightDecay, 0);
  if (!(from > 0 && from < to && to < Infinity)) {
    throw new RangeError(`findLearningRate: from and to must be 0 < from < to, got ${from} and ${to}`);
  }
  const source = random(seed);
  const start = { epoch: 1, batches: 0, order: source.fork().state() };
  const masks = source.fork();
  let learningRate = from;
  // A group's bound holds for each step's rate, as in a run of that rate; the optimiser sets it against the highest.
  const group: Model['group'] = (name) => {
    const { maxLearningRate = Infinity, decay } = model.group(name);
    return { maxLearningRate: (maxLearningRate * to) / learningRate, decay };
  };
  const optimizer = adamW({ parameters: model.parameters, group }, { learningRate: to, weightDecay });
  const variables = Object.values({ ...model.parameters, ...model.buffers });
  const before = variables.map((variable) => variable.clone());
  const points: LearningRateSearch['points'] = [];
  let mean = 0;
  try {
    for await (const { batch: one } of endlessBatches(task.train, batch, start, signal)) {
      learningRate = from * (to / from) ** (points.length / (steps - 1));
      try {
        const step = points.length + 1;
        const { loss } = trainStep(model, one, optimizer, learningRate / to, masks, step, { microBatch });
        mean = PAST * mean + (1 - PAST) * loss;
        points.push({ learningRate, loss, smooth: mean / (1 - PAST ** step) });
      } catch (error) {
        if (error instanceof NotFiniteError && points.length > 0) break;
        throw error;
      } finally {
        disposeBatch(one);
      }
      await nextTurn();
      const lowest = Math.min(...points.map(({ smooth }) => smooth));
      if (points.length === steps || points[points.length - 1].smooth > DIVERGED * lowest) break;
    }
  } finally {
    optimizer.dispose();
    variables.forEach((variable, i) => {
      variable.assign(before[i]);
      before[i].dispose();
    });
  }
  return { points, suggestion: steepest(points) };
}

type Filled = Required<Omit<LearningRateOptions, 'microBatch' | 'signal'>> &
  Pick<LearningRateOptions, 'microBatch' | 'signal'>;

/**
 * The rate at which the smooth loss falls fastest from one step to the next; all steps are equally far by logarithm. The
 * first points are means of few batches, whose accidents are steeper than what a rate does; they count where there are no others.
 */
function steepest(points: LearningRateSearch['points']): number | null {
  let [best, slope]: [number | null, number] = [null, 0];
  const memory = Math.min(Math.round(1 / (1 - PAST)), Math.floor(points.length / 3));
  for (let i = Math.max(1, memory); i + 1 < points.length; i++) {
    const change = points[i + 1].smooth - points[i - 1].smooth;
    if (change < slope) [best, slope] = [points[i].learningRate, change];
  }
  return best;
}
