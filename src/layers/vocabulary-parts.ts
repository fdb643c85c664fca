import { outOfRange, withDefaults } from '../options.js';

/** A large vocabulary in parts: what is said often has a wide vector, what is rare a narrow one. */
export interface AdaptiveOptions {
  /** Where each part but the first begins. Tokens must be numbered by frequency, the most frequent first. */
  cutoffs: readonly number[];
  /** Each part's vectors are so many times narrower than those of the part before. Default 4. */
  divide?: number;
  /** Share of the numbers of every token's vector that training drops, where it goes in and in the head. Default 0. */
  dropout?: number;
}

/** One part of the vocabulary: tokens from … from + words - 1, with vectors of `width` numbers. */
export interface VocabularyPart {
  from: number;
  words: number;
  width: number;
}

export function adaptiveOptions(options: AdaptiveOptions): Required<AdaptiveOptions> {
  return withDefaults<Required<AdaptiveOptions>>('spikingSSM: adaptive', options, {
    cutoffs: [],
    divide: 4,
    dropout: 0,
  });
}

/** @throws RangeError  for cutoffs that do not rise within the vocabulary, a part without width, or a dropout of all */
export function vocabularyParts(size: number, H: number, options: AdaptiveOptions): VocabularyPart[] {
  const { cutoffs, divide, dropout } = adaptiveOptions(options);
  const ends = [...cutoffs, size];
  if (cutoffs.length === 0 || ends.some((end, i) => !(Number.isInteger(end) && end > (ends[i - 1] ?? 0)))) {
    const given = `[${cutoffs.join(', ')}]`;
    throw outOfRange(
      'spikingSSM',
      'adaptive.cutoffs',
      `whole numbers that rise from 1 to below ${size}`,
      given,
    );
  }
  if (!(Number.isInteger(divide) && divide >= 1 && divide ** cutoffs.length <= H)) {
    const most = `a whole number of at least 1 that leaves the last part a width of H = ${H}`;
    throw outOfRange('spikingSSM', 'adaptive.divide', most, divide);
  }
  if (!(dropout >= 0 && dropout < 1))
    throw outOfRange('spikingSSM', 'adaptive.dropout', 'in [0, 1)', dropout);
  return ends.map((end, i) => {
    const from = ends[i - 1] ?? 0;
    return { from, words: end - from, width: Math.floor(H / divide ** i) };
  });
}
