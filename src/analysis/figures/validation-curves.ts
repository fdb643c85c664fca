import { type Curve, curves } from './curves.js';
import type { Figure } from './figure.js';
import { colours } from './theme.js';

/** One run as it was evaluated while it trained. */
export interface ValidationCurve {
  readonly name: string;
  /** Default true; a model without spikes is drawn black and dashed, so that it looks the same for every task. */
  readonly spiking?: boolean;
  /** Share of the validation set classified rightly in [0, 1], after so many steps. */
  readonly evaluations: readonly { readonly step: number; readonly accuracy: number }[];
}

const withoutSpikes: Pick<Curve, 'color' | 'dash'> = { color: colours.black, dash: 'dash' };

/**
 * Validation accuracy by training step of a task's runs, with chance as a dotted line.
 * @param chance  share of the most frequent answer, in [0, 1]
 * @throws RangeError  where no run was evaluated
 */
export function validationCurves(task: string, runs: readonly ValidationCurve[], chance: number): Figure {
  const evaluated = runs.filter(({ evaluations }) => evaluations.length > 0);
  if (evaluated.length === 0) throw new RangeError(`validationCurves: no run of ${task} was evaluated`);
  const steps = evaluated.flatMap(({ evaluations }) => evaluations.map(({ step }) => step));
  const ends = [Math.min(...steps), Math.max(...steps)];
  return curves({
    title: `Validation accuracy: ${task}`,
    x: { quantity: 'Training step', unit: '' },
    y: { quantity: 'Validation accuracy', unit: '%' },
    curves: [
      ...evaluated.map(({ name, spiking = true, evaluations }) => ({
        name,
        ...(!spiking && withoutSpikes),
        x: evaluations.map(({ step }) => step),
        y: evaluations.map(({ accuracy }) => 100 * accuracy),
      })),
      { name: 'chance', x: ends, y: ends.map(() => 100 * chance), color: colours.grey, dash: 'dot' },
    ],
    text: `Validation accuracy during training of ${evaluated.map(({ name }) => name).join(', ')} on ${task}`,
  });
}
