import { type Figure, figure } from './figure.js';
import { axis, colours } from './theme.js';

/** What `findLearningRate` returns. */
export interface LearningRateInput {
  readonly points: readonly {
    readonly learningRate: number;
    readonly loss: number;
    readonly smooth: number;
  }[];
  readonly suggestion: number | null;
}

/**
 * Loss by learning rate, single steps and their running mean, with the rate where it falls fastest.
 * @throws RangeError  `learningRate: the search has no points`
 */
export function learningRate({ points, suggestion }: LearningRateInput): Figure {
  if (points.length === 0)
    throw new RangeError('learningRate: the search has no points (it was stopped at once)');
  const x = points.map((point) => point.learningRate);
  const smooth = points.map((point) => point.smooth);
  const text =
    suggestion === null ? 'the loss never falls' : `the loss falls fastest at ${suggestion.toPrecision(2)}`;
  // A loss that has diverged would press the rest of the curve flat.
  const [low, high] = [Math.min(...smooth), Math.max(smooth[0], ...smooth.slice(0, -1))];
  return figure(
    [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'each step',
        x,
        y: points.map((point) => point.loss),
        opacity: 0.6,
        line: { color: colours.sky, width: 1 },
      },
      {
        type: 'scatter',
        mode: 'lines',
        name: 'running mean',
        x,
        y: smooth,
        line: { color: colours.blue, width: 2 },
      },
    ],
    {
      title: { text: 'Learning rate search', subtitle: { text } },
      xaxis: axis('Learning rate', '', { type: 'log' }),
      yaxis: axis('Cross-entropy loss', 'nats', {
        range: [low - 0.1 * (high - low || 1), high + 0.2 * (high - low || 1)],
      }),
      shapes:
        suggestion === null
          ? []
          : [
              {
                type: 'line',
                x0: suggestion,
                x1: suggestion,
                y0: 0,
                y1: 1,
                yref: 'paper',
                line: { color: colours.vermilion, width: 1, dash: 'dash' },
              },
            ],
    },
    `Loss by learning rate over ${points.length} steps: ${text}`,
  );
}
