import type { Scale } from '../recipes/index.js';
import { jupyterDisplay } from './figures/figure.js';

/** Under this MIME type a notebook's output holds the numbers, for `spikingssm reproduce`. */
export const REPRODUCTION = 'application/vnd.spikingssm.reproduction+json';

/** One number of the paper, and ours. */
export interface ReproducedNumber {
  readonly what: string;
  /** '' for a plain number. */
  readonly unit: string;
  /** null where the paper gives none. */
  readonly paper: number | null;
  /** null where it cannot be had at this scale. */
  readonly ours: number | null;
  /** Standard deviation over the seeds; left out where there is one seed or none. */
  readonly sd?: number | null;
}

export interface ReproductionData {
  /** Short name, such as `table-2`. */
  readonly id: string;
  readonly title: string;
  readonly scale: Scale;
  readonly seeds: readonly number[];
  readonly numbers: readonly ReproducedNumber[];
  /** One sentence: why ours and the paper's differ. */
  readonly why: string;
}

export interface Reproduction extends ReproductionData {
  /** For a notebook: the data, a table, and a text. */
  [jupyterDisplay](): Record<string, unknown>;
}

/**
 * The paper's numbers beside ours. As the last value of a cell it shows itself as a table, and `spikingssm reproduce`
 * finds it there by its id.
 * @throws TypeError  `reproduction: id must be small letters, digits and hyphens, got "Table 2"`
 */
export function reproduction(data: ReproductionData): Reproduction {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(data.id)) {
    throw new TypeError(`reproduction: id must be small letters, digits and hyphens, got "${data.id}"`);
  }
  if (data.numbers.length === 0) {
    throw new TypeError(`reproduction: "${data.id}" must hold at least one number`);
  }
  return {
    ...data,
    [jupyterDisplay]: () => ({
      [REPRODUCTION]: data,
      'text/html': reproductionHtml(data),
      'text/plain': plain(data),
    }),
  };
}

/** The table and the sentence below it. */
function reproductionHtml({ title, scale, seeds, numbers, why }: ReproductionData): string {
  const rows = numbers.map(
    (one) =>
      `<tr><td style="text-align: left">${escapeText(nameOf(one))}</td><td>${numberText(one.paper)}</td><td>${oursOf(one)}</td></tr>`,
  );
  const head = `<thead><tr><th style="text-align: left">${escapeText(title)}</th><th>paper</th><th>ours</th></tr></thead>`;
  return `<table>${head}<tbody>\n${rows.join('\n')}\n</tbody></table>\n<p>Scale ${scale}, ${seedsOf(seeds)}. ${escapeText(why)}</p>`;
}

function plain({ title, scale, seeds, numbers, why }: ReproductionData): string {
  const lines = numbers.map((one) => `${nameOf(one)}: paper ${numberText(one.paper)}, ours ${oursOf(one)}`);
  return [title, ...lines, `Scale ${scale}, ${seedsOf(seeds)}. ${why}`].join('\n');
}

function nameOf({ what, unit }: ReproducedNumber): string {
  return unit === '' ? what : `${what} (${unit})`;
}

function seedsOf(seeds: readonly number[]): string {
  if (seeds.length === 0) return 'no training, so no seeds';
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;
}

function oursOf({ ours, sd }: ReproducedNumber): string {
  return sd === undefined || sd === null ? numberText(ours) : `${numberText(ours)} ± ${numberText(sd, 2)}`;
}

function numberText(value: number | null, digits = 4): string {
  return value === null ? '–' : String(Number(value.toPrecision(digits)));
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
