import { type Figure, figure } from './figure.js';
import type { HeatmapTrace, ScatterTrace } from './spec.js';
import { axis, colours } from './theme.js';

/** What the figure needs of a report. */
export interface ConfusionInput {
  /** Counts [true class][predicted class]. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** Default: the numbers of the classes. */
  readonly classNames?: readonly string[] | null;
}

/** Pixels of a cell and of its text, by the number of classes; more than the last are drawn without text. */
const SIZES = [
  { classes: 12, cell: 46, font: 12 },
  { classes: 30, cell: 36, font: 9.5 },
  { classes: 100, cell: 28, font: 8 },
] as const;
const MOST_PIXELS = 2800;
const LONGEST_NAME = 24;

/**
 * Which classes are taken for which: a row a true class, a column a predicted one. A cell holds the count and, below it,
 * its share of the row; what is right is blue, what is wrong vermilion, the deeper the larger the share. Where
 * there is nothing the cell is white. Counts and shares are written up to 100 classes.
 * @throws TypeError   `confusion: the report has no confusion matrix (…)`
 * @throws RangeError  for a matrix that is not square, counts that are none, or another number of names
 * @example figures.confusion(await evaluate(model, task.test, { classNames: task.classNames }))
 */
export function confusion(report: ConfusionInput): Figure {
  const { counts, names } = checked(report);
  const n = counts.length;
  const size = SIZES.find(({ classes }) => n <= classes);
  const cell = size?.cell ?? Math.max(3, MOST_PIXELS / n);
  const supports = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const all = supports.reduce((sum, support) => sum + support, 0);
  const right = counts.reduce((sum, row, i) => sum + row[i], 0);
  const shares = counts.map((row, i) => row.map((count) => (supports[i] === 0 ? null : count / supports[i])));
  const hover = counts.map((row, i) =>
    row.map(
      (count, j) =>
        `true ${plain(names[i])}, predicted ${plain(names[j])}: ${count}${percent(shares[i][j], ' (', ')')}`,
    ),
  );
  const map = (hits: boolean, light: string, dark: string): HeatmapTrace => ({
    type: 'heatmap',
    z: shares.map((row, i) => row.map((share, j) => ((i === j) === hits && share ? share : null))),
    text: hover,
    hoverinfo: 'text',
    colorscale: [
      [0, light],
      [1, dark],
    ],
    zmin: 0,
    zmax: 1,
    showscale: false,
    xgap: cell > 10 ? 1 : 0,
    ygap: cell > 10 ? 1 : 0,
  });
  const longest = Math.max(...names.map(({ length }) => length));
  const font = Math.min(12, Math.max(8, cell / 2.2));
  const room = 44 + 0.62 * font * Math.min(LONGEST_NAME, longest);
  const upright = longest * font * 0.62 > cell;
  const ticks = {
    tickmode: 'array' as const,
    tickvals: names.map((_, i) => i),
    ticktext: names.map((name) => plain(shortened(name))),
    tickfont: { size: font },
    showgrid: false,
  };
  const accuracy =
    all === 0 ? 'no answers' : `${((100 * right) / all).toFixed(2)} % of ${all} answers are right`;
  const width = Math.round(Math.max(420, room + cell * n + 24));
  const height = Math.round((upright ? room : 60) + cell * n + 96);
  return figure(
    [
      map(true, '#D6E8F4', colours.blue),
      map(false, '#FBE3D4', colours.vermilion),
      ...(size ? cellTexts(counts, shares, size.font) : []),
    ],
    {
      title: {
        text: 'Confusion of classes',
        // In the upper margin however large the picture is.
        x: 14 / width,
        y: 1 - 14 / height,
        subtitle: { text: size ? `${accuracy};<br>in a cell the count and its share of the row` : accuracy },
      },
      width,
      height,
      margin: { l: Math.round(room), r: 24, t: 96, b: Math.round(upright ? room : 60) },
      xaxis: axis('Predicted class', '', { ...ticks, range: [-0.5, n - 0.5], tickangle: upright ? -90 : 0 }),
      yaxis: axis('True class', '', { ...ticks, range: [n - 0.5, -0.5] }),
      showlegend: false,
    },
    `Confusion of ${n} classes: ${accuracy}`,
  );
}

/** Of every cell that is not 0 the count and, below it, the share. */
function cellTexts(
  counts: readonly (readonly number[])[],
  shares: readonly (readonly (number | null)[])[],
  size: number,
): ScatterTrace[] {
  const cells = counts.flatMap((row, i) =>
    row.flatMap((count, j) => (count === 0 ? [] : [{ i, j, count, share: shares[i][j] }])),
  );
  const texts = (lower: number, of: (cell: (typeof cells)[number]) => string): ScatterTrace => ({
    type: 'scatter',
    mode: 'text',
    x: cells.map(({ j }) => j),
    y: cells.map(({ i }) => i + lower),
    text: cells.map(of),
    textfont: {
      size,
      color: cells.map(({ share }) => ((share ?? 0) > 0.5 ? '#FFFFFF' : colours.black)),
    },
    hoverinfo: 'skip',
  });
  return [texts(-0.19, ({ count }) => String(count)), texts(0.19, ({ share }) => percent(share))];
}

/** Whole per cent, but never 0 of what there is nor 100 of what is not all. */
function percent(share: number | null, before = '', after = ''): string {
  if (share === null) return '';
  const whole = Math.round(100 * share);
  const text = whole === 0 && share > 0 ? '<1' : whole === 100 && share < 1 ? '>99' : String(whole);
  return `${before}${plain(text)} %${after}`;
}

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

/** Plotly reads texts as a kind of HTML. */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function checked({ confusion, classNames }: ConfusionInput): { counts: number[][]; names: string[] } {
  if (!confusion) {
    throw new TypeError(
      'confusion: the report has no confusion matrix (the model answers in numbers, has more than 1,000 classes, or a head without logits)',
    );
  }
  const n = confusion.length;
  if (n === 0 || confusion.some((row) => row.length !== n)) {
    const lengths = [...new Set(confusion.map((row) => row.length))].join(', ');
    throw new RangeError(`confusion: the matrix must be square, got ${n} rows of ${lengths || 'nothing'}`);
  }
  const bad = confusion.flat().find((count) => !(Number.isSafeInteger(count) && count >= 0));
  if (bad !== undefined)
    throw new RangeError(`confusion: counts must be whole numbers from 0 on, got ${bad}`);
  if (classNames && classNames.length !== n) {
    throw new RangeError(`confusion: ${n} classes need as many names, got ${classNames.length}`);
  }
  return {
    counts: confusion.map((row) => [...row]),
    names: classNames ? [...classNames] : confusion.map((_, number) => String(number)),
  };
}
