import { type Figure, figure } from './figure.js';
import { envelope, runningMean, thin } from './series.js';
import type { Axis, ScatterTrace } from './spec.js';
import { axis, colours } from './theme.js';

/** What a training run reports; `train()` returns it. */
export interface LearningCurveInput {
  /** One entry an optimiser step; `loss` is the batch's, in nats. */
  readonly steps: readonly {
    readonly step: number;
    readonly loss: number;
    readonly accuracy?: number | null;
    readonly learningRate?: number;
  }[];
  /** One entry an evaluation; accuracies in [0, 1], null where none was measured. */
  readonly epochs: readonly {
    readonly epoch: number;
    readonly step: number;
    readonly trainLoss?: number | null;
    readonly trainAccuracy?: number | null;
    readonly validationLoss?: number | null;
    readonly validationAccuracy?: number | null;
  }[];
}

/** A curve of more points than this is drawn by fewer: the eye sees no difference, the file is small. */
const mostPoints = 1500;

/**
 * Loss of every step with its running mean, and accuracy by epoch beside it where the run measured any.
 * @throws RangeError  `learningCurve: the run has no steps (train for at least one)`
 */
export function learningCurve(run: LearningCurveInput): Figure {
  if (run.steps.length === 0) {
    throw new RangeError('learningCurve: the run has no steps (train for at least one)');
  }
  const accuracy = accuracyTraces(run);
  const panels = accuracy.length > 0;
  const step = (domain: [number, number]): Partial<Axis> => (panels ? { domain } : {});
  const last = run.steps[run.steps.length - 1];
  return figure(
    [...lossTraces(run), ...accuracy],
    {
      title: { text: 'Learning curve' },
      xaxis: axis('Training step', '', step([0, 0.44])),
      yaxis: axis('Cross-entropy loss', 'nats'),
      ...(panels && {
        xaxis2: axis('Training step', '', { ...step([0.56, 1]), anchor: 'y2', matches: 'x' }),
        yaxis2: axis('Accuracy', '%', { anchor: 'x2' }),
      }),
    },
    `Learning curve over ${last.step} steps: final loss ${last.loss.toFixed(3)} nats${finalAccuracy(run)}`,
  );
}

function lossTraces({ steps, epochs }: LearningCurveInput): ScatterTrace[] {
  const x = steps.map(({ step }) => step);
  const loss = steps.map((entry) => entry.loss);
  const width = 2 * Math.floor(steps.length / 100) + 1;
  const every = envelope(x, loss, mostPoints);
  const mean = thin(x, runningMean(loss, width), mostPoints);
  const validated = epochs.filter(({ validationLoss }) => known(validationLoss));
  const traces =
    width === 1
      ? [line('training', every, colours.blue, {})]
      : [
          line('training, each step', every, colours.sky, { width: 1, opacity: 0.6 }),
          line(`training, mean of ${width} steps`, mean, colours.blue, {}),
        ];
  if (validated.length > 0) {
    const points = {
      x: validated.map(({ step }) => step),
      y: validated.map((entry) => entry.validationLoss!),
    };
    traces.push(validation(points));
  }
  return traces;
}

function accuracyTraces({ steps, epochs }: LearningCurveInput): ScatterTrace[] {
  const second = { xaxis: 'x2', yaxis: 'y2', showlegend: false } as const;
  const traces: ScatterTrace[] = [];
  const trained = epochs.filter(({ trainAccuracy }) => known(trainAccuracy));
  const stepped = steps.filter(({ accuracy }) => accuracy != null);
  if (trained.length > 0) {
    const y = trained.map(({ trainAccuracy }) => 100 * trainAccuracy!);
    traces.push({
      ...line('training', { x: trained.map(({ step }) => step), y }, colours.blue, {}),
      ...second,
      mode: 'lines+markers',
    });
  } else if (stepped.length > 0) {
    const width = 2 * Math.floor(stepped.length / 100) + 1;
    const mean = runningMean(
      stepped.map(({ accuracy }) => 100 * accuracy!),
      width,
    );
    const points = thin(
      stepped.map(({ step }) => step),
      mean,
      mostPoints,
    );
    traces.push({ ...line('training', points, colours.blue, {}), ...second });
  }
  const validated = epochs.filter(({ validationAccuracy }) => known(validationAccuracy));
  if (validated.length > 0) {
    const y = validated.map(({ validationAccuracy }) => 100 * validationAccuracy!);
    traces.push({ ...validation({ x: validated.map(({ step }) => step), y }), ...second });
  }
  return traces;
}

function line(
  name: string,
  { x, y }: { x: number[]; y: number[] },
  color: string,
  { width = 2, opacity = 1 }: { width?: number; opacity?: number },
): ScatterTrace {
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    x,
    y,
    opacity,
    line: { color, width },
    marker: { color, size: 6 },
  };
}

function validation(points: { x: number[]; y: number[] }): ScatterTrace {
  const trace = line('validation', points, colours.vermilion, {});
  return {
    ...trace,
    mode: 'lines+markers',
    marker: { color: colours.vermilion, size: 7, symbol: 'diamond' },
  };
}

function finalAccuracy({ epochs }: LearningCurveInput): string {
  const accuracy = epochs[epochs.length - 1]?.validationAccuracy;
  return known(accuracy) ? `, validation accuracy ${(100 * accuracy).toFixed(2)} %` : '';
}

function known(value: number | null | undefined): value is number {
  return value !== undefined && value !== null;
}
