import { table } from 'arquero';
import type { ColumnTable } from '../column-table.js';
import { operationEnergy } from './energy.js';
import type { Report } from './evaluate.js';
import type { LearningCurveInput } from './figures/learning-curve.js';
import type { Operations } from './operations.js';

/**
 * One row an evaluation of a training run: epoch, step, losses in nats and accuracies in [0, 1]; null where the
 * run did not measure one.
 */
export function runTable({ epochs }: Pick<LearningCurveInput, 'epochs'>): ColumnTable {
  return table({
    epoch: epochs.map(({ epoch }) => epoch),
    step: epochs.map(({ step }) => step),
    train_loss: epochs.map(({ trainLoss }) => trainLoss ?? null),
    train_accuracy: epochs.map(({ trainAccuracy }) => trainAccuracy ?? null),
    validation_loss: epochs.map(({ validationLoss }) => validationLoss ?? null),
    validation_accuracy: epochs.map(({ validationAccuracy }) => validationAccuracy ?? null),
  });
}

/**
 * One row for each part of a model, and their sum: spiking rate in [0, 1] (null where nothing spikes), a sample's
 * dense operations, effective MACs and ACs, and their energy in microjoules, effective and dense.
 * @throws TypeError  `reportTable: the report has no operations (the model it is of has no config)`
 */
export function reportTable(report: Pick<Report, 'rate' | 'layers' | 'operations'>): ColumnTable {
  const { operations, layers } = report;
  if (operations === null) {
    throw new TypeError('reportTable: the report has no operations (the model it is of has no config)');
  }
  const rows: { part: string; rate: number | null; count: Operations }[] = [
    { part: 'encoder', rate: null, count: operations.encoder },
    ...operations.layers.flatMap(({ stateSpace, mixing }, i) => [
      { part: `layer ${i} state space`, rate: null, count: stateSpace },
      { part: `layer ${i} mixing`, rate: layers[i]?.rate ?? null, count: mixing },
    ]),
    { part: 'head', rate: null, count: operations.head },
    { part: 'total', rate: report.rate, count: operations.total },
  ];
  return table({
    part: rows.map(({ part }) => part),
    rate: rows.map(({ rate }) => rate),
    dense: rows.map(({ count }) => count.dense),
    MACs: rows.map(({ count }) => count.macs),
    ACs: rows.map(({ count }) => Math.round(count.acs)),
    energy_uJ: rows.map(({ count }) => 1e6 * operationEnergy(count).joules),
    dense_energy_uJ: rows.map(({ count }) => 1e6 * operationEnergy(count).denseJoules),
  });
}

/** One row a layer: neurons, spiking rate in [0, 1], neurons that never spike and that always do. */
export function activityTable({ layers }: Pick<Report, 'layers'>): ColumnTable {
  return table({
    layer: layers.map(({ layer }) => layer),
    neurons: layers.map(({ H }) => H),
    rate: layers.map(({ rate }) => rate),
    silent: layers.map(({ silent }) => silent),
    saturated: layers.map(({ saturated }) => saturated),
  });
}

/**
 * One row a class, then the macro and the weighted average: precision, recall and F1 in [0, 1] (null where there is
 * nothing to tell of), support and how often it was predicted.
 * @throws TypeError  `perClassTable: the report has no classes (…)`
 */
export function perClassTable({ perClass, averages }: Pick<Report, 'perClass' | 'averages'>): ColumnTable {
  if (perClass === null || averages === null) {
    throw new TypeError(
      'perClassTable: the report has no classes (the model answers in numbers, has more than 1,000 classes, or a head without logits)',
    );
  }
  const whole = (of: 'support' | 'predicted'): number => perClass.reduce((sum, one) => sum + one[of], 0);
  const total = { support: whole('support'), predicted: whole('predicted') };
  const rows = [
    ...perClass,
    { class: 'macro average', ...averages.macro, ...total },
    { class: 'weighted average', ...averages.weighted, ...total },
  ];
  return table({
    class: rows.map((row) => row.class),
    precision: rows.map(({ precision }) => precision),
    recall: rows.map(({ recall }) => recall),
    f1: rows.map(({ f1 }) => f1),
    support: rows.map(({ support }) => support),
    predicted: rows.map(({ predicted }) => predicted),
  });
}
