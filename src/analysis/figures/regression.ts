import { withDefaults } from '../../options.js';
import { explained } from '../../train/r2.js';
import { type Figure, figure } from './figure.js';
import { axis, colours } from './theme.js';

export interface RegressionInput {
  /** What was true, and what the model says, of each example. */
  readonly truth: readonly number[];
  readonly said: readonly number[];
  /** What the numbers are, and their unit, for the axes. Default `value`, none. */
  readonly quantity?: string;
  readonly unit?: string;
}

/**
 * What a model says of each number against what is true, with the line on which they would be the same, and R².
 * @throws RangeError  for lists of different lengths, or none
 * @example figures.regression({ truth, said: predictNumbers(model, x).map(([value]) => value), quantity: 'Heart rate', unit: '1/min' })
 */
export function regression(input: RegressionInput): Figure {
  const { truth, said, quantity, unit } = withDefaults<Required<RegressionInput>>('regression', input, {
    truth: [],
    said: [],
    quantity: 'Value',
    unit: '',
  });
  if (truth.length === 0 || truth.length !== said.length) {
    throw new RangeError(
      `regression: truth and said must be as many numbers, at least one, got ${truth.length} and ${said.length}`,
    );
  }
  const tally = explained();
  tally.add(said, truth, 1);
  const r2 = tally.r2();
  const all = [...truth, ...said];
  const [low, high] = [
    all.reduce((least, value) => Math.min(least, value)),
    all.reduce((most, value) => Math.max(most, value)),
  ];
  const error = Math.sqrt(truth.reduce((sum, value, i) => sum + (said[i] - value) ** 2, 0) / truth.length);
  const found = `${r2 === null ? 'R² not defined' : `R² ${r2.toFixed(3)}`}, root mean square error ${error.toPrecision(3)}${unit ? ` ${unit}` : ''}`;
  return figure(
    [
      {
        type: 'scatter',
        mode: 'lines',
        name: 'the same',
        x: [low, high],
        y: [low, high],
        line: { color: colours.grey, width: 2, dash: 'dash' },
      },
      {
        type: 'scatter',
        mode: 'markers',
        name: 'examples',
        x: [...truth],
        y: [...said],
        marker: { color: colours.blue, size: 7, opacity: 0.7 },
      },
    ],
    {
      title: { text: `${quantity}: said and true`, subtitle: { text: `${truth.length} examples, ${found}` } },
      height: 480,
      xaxis: axis(`${quantity}, true`, unit),
      yaxis: axis(`${quantity}, said`, unit),
      showlegend: true,
    },
    `${quantity} as the model says it against what is true, ${truth.length} examples: ${found}`,
  );
}
