import { setImmediate as nextTurn } from 'node:timers/promises';
import { type NewInputs, readInputs } from '../tasks/own/read-inputs.js';
import { type LoadModelOptions, loadModel } from '../train/load-model.js';
import { explained } from '../train/r2.js';
import { trainedOn } from '../train/trained-on.js';
import { predict, predictNumbers } from './predict.js';

/** What a model says of one sequence of a file. Plain data. */
export interface FilePrediction {
  file: string;
  /** What the sequence is called in the file: its row, id, or path inside a folder. */
  key: string;
  /** Of a model of classes. */
  class?: string;
  /** Of every class by name, in [0, 1]. */
  probabilities?: Record<string, number>;
  /** Of a model of numbers, in the units of its data. */
  numbers?: number[];
  /** Its class or numbers, where the file says them. */
  label?: string;
}

/**
 * What a run's model says of the sequences of new files, which are read and prepared as those it was trained on.
 * @param run    folder of a run on data of one's own, or a checkpoint of it
 * @param files  of the kind trained on
 * @param options  `batch`: sequences at once, default 100; `neuron`: the model's, where it is one of your own
 * @throws RangeError  for a run whose data did not come from a file, or a file that does not fit
 */
export async function predictFiles(
  run: string,
  files: readonly string[],
  { batch = 100, ...options }: { batch?: number } & Pick<LoadModelOptions, 'neuron'> = {},
): Promise<FilePrediction[]> {
  const model = loadModel(run, options);
  try {
    const { inputs, pool } = model.config;
    if (pool === 'none') {
      throw new RangeError(
        `predict: ${run} is a language model: it says what comes next at each step, and no class (evaluate it in a program)`,
      );
    }
    const known = trainedOn(model);
    const reader = known?.preparation?.reader;
    if (!reader) {
      throw new RangeError(
        `predict: ${run} does not say how its data were read${known ? ` (they are those of ${known.name})` : ''}: ` +
          'call predict(loadModel(run), sequences) in a program',
      );
    }
    const found: FilePrediction[] = [];
    for (const file of files) {
      const read = await readInputs(file, reader);
      if (read.channels !== inputs.size) {
        throw new RangeError(
          `predict: ${file} has ${read.channels} channels, the model was trained on ${inputs.size}`,
        );
      }
      for (let start = 0; start < read.count; start += batch) {
        const chosen = Array.from({ length: Math.min(batch, read.count - start) }, (_, i) => start + i);
        const values = chosen.map((example) => read.read(example));
        const said =
          known?.targets === 'real'
            ? predictNumbers(model, values, { batch }).map((numbers) => ({ numbers }))
            : predict(model, values, { batch }).map(({ class: name, probabilities }) => ({
                class: name,
                probabilities,
              }));
        chosen.forEach((example, i) => {
          found.push({ file, key: read.keyOf(example), ...said[i], ...labelOf(read, example) });
        });
        await nextTurn();
      }
    }
    return found;
  } finally {
    model.dispose();
  }
}

function labelOf({ labels }: NewInputs, example: number): { label?: string } {
  const label = labels?.[example];
  return label === undefined ? {} : { label };
}

/** Predictions as lines for people, with the share of right ones where labels are known. */
export function predictionTable(found: readonly FilePrediction[]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const labelled = found.filter(({ label }) => label !== undefined);
  const real = found.some(({ numbers }) => numbers !== undefined);
  const rows = found.map(({ file, key, class: name = '', probabilities, numbers, label }) => [
    file,
    key,
    ...(numbers
      ? [numbers.map((value) => value.toPrecision(6)).join(' ')]
      : [name, percent(probabilities?.[name] ?? 0)]),
    ...(labelled.length > 0 ? [label ?? ''] : []),
  ]);
  const said = real ? ['numbers'] : ['class', 'probability'];
  const header = ['file', 'sequence', ...said, ...(labelled.length > 0 ? ['label'] : [])];
  const widths = header.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column].length), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  const lines = [header, ...rows].map(line);
  if (real && labelled.length > 0) {
    lines.push('', errorLine(labelled));
  } else if (labelled.length > 0) {
    const right = labelled.filter(({ label, class: name }) => label === name).length;
    lines.push('', `Right: ${right} of ${labelled.length} (${percent(right / labelled.length)})`);
  }
  return lines.join('\n');
}

/** How far numbers are from those that the files say. */
function errorLine(labelled: readonly FilePrediction[]): string {
  const tally = explained();
  let [squares, count] = [0, 0];
  for (const { numbers = [], label = '' } of labelled) {
    const truth = label.split(' ').map(Number);
    tally.add(numbers, truth, numbers.length);
    numbers.forEach((value, i) => {
      squares += (value - truth[i]) ** 2;
      count++;
    });
  }
  const r2 = tally.r2();
  return `Root mean square error ${Math.sqrt(squares / count).toPrecision(4)}${r2 === null ? '' : `, R² ${r2.toFixed(4)}`}`;
}
