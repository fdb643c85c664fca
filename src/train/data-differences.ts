import { isDeepStrictEqual } from 'node:util';
import type { Fingerprint, SetFingerprint } from '../tasks/fingerprint.js';
import type { Preparation } from '../tasks/preparation.js';
import { leafDifferences, leaves } from './leaves.js';
import type { RunConfig } from './run-config.js';

type Known = Pick<RunConfig, 'task' | 'data'>;
type Sets = Exclude<Fingerprint, { own: unknown }>;

const SETS = ['train', 'validation', 'test'] as const;
const NAMES = { train: 'training', validation: 'validation', test: 'test' } as const;
const MODULUS = 1n << 64n;
/** Names that a message lists. */
const LISTED = 12;

/**
 * How the data of a run that goes on differ from those it was begun with, in words. What one of the two does not know,
 * as runs of older versions, is not compared.
 * @returns  e.g. `the labels of the training set are others`
 */
export function dataDifferences(now: Known, before: Known): string[] {
  // Where they have yet to be gone through, all is said together afterwards.
  if (!now.data && before.data) return [];
  const found = fingerprintDifferences(now.data, before.data);
  const [ours, theirs] = [now.task, before.task];
  return [
    ...classDifferences(ours.classNames, theirs.classNames),
    ...(ours.sampleRate && theirs.sampleRate && ours.sampleRate !== theirs.sampleRate
      ? [`the sample rate is ${ours.sampleRate}, was ${theirs.sampleRate}`]
      : []),
    ...(ours.preparation && theirs.preparation
      ? preparationDifferences(ours.preparation, theirs.preparation, found.length > 0)
      : []),
    ...found,
  ];
}

function classDifferences(now?: readonly string[], before?: readonly string[]): string[] {
  if (!now || !before || isDeepStrictEqual([...now], [...before])) return [];
  const reordered = isDeepStrictEqual([...now].sort(), [...before].sort());
  const what = reordered ? 'the order of the classes is' : 'the classes are';
  return [`${what} ${listed(now)}, ${reordered ? 'was' : 'were'} ${listed(before)}`];
}

function listed(names: readonly string[]): string {
  return names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} …`;
}

/** @param readOtherwise  whether values are others: then how they are read may say why */
function preparationDifferences(now: Preparation, before: Preparation, readOtherwise: boolean): string[] {
  const scaled = ({ mean, deviation }: Pick<Preparation, 'mean' | 'deviation'> = {}): string =>
    mean && deviation
      ? `mean ${listed(mean.map(String))} and deviation ${listed(deviation.map(String))}`
      : 'none';
  const same = isDeepStrictEqual([now.mean, now.deviation], [before.mean, before.deviation]);
  return [
    ...(same ? [] : [`the standardisation is ${scaled(now)}, was ${scaled(before)}`]),
    ...(isDeepStrictEqual(now.targets, before.targets)
      ? []
      : [
          `the standardisation of the numbers to be learnt is ${scaled(now.targets)}, was ${scaled(before.targets)}`,
        ]),
    ...vocabularyDifferences(now.vocabulary, before.vocabulary),
    ...(readOtherwise
      ? leafDifferences(leaves(now.reader, 'the reader'), leaves(before.reader, 'the reader'))
      : []),
  ];
}

function vocabularyDifferences(now: readonly string[] = [], before: readonly string[] = []): string[] {
  const longest = Math.max(now.length, before.length);
  const at = Array.from({ length: longest }, (_, i) => i).find((i) => now[i] !== before[i]);
  if (at === undefined) return [];
  const [ours, theirs] = [now[at], before[at]].map((token) => JSON.stringify(token) ?? 'none');
  return [`the vocabulary is another (token ${at} is ${ours}, was ${theirs})`];
}

function fingerprintDifferences(now?: Fingerprint, before?: Fingerprint): string[] {
  if (!now || !before) return [];
  if ('own' in now || 'own' in before) {
    return leafDifferences(leaves(now, 'the fingerprint'), leaves(before, 'the fingerprint'));
  }
  const changed = SETS.filter((set) => isOther(now[set], before[set]));
  if (changed.length === 0) return [];
  if (sumOf(now) !== null && sumOf(now) === sumOf(before)) {
    const moved = changed.some((set) => now[set].content !== before[set].content);
    return [
      moved
        ? 'the split is another (the same examples are divided into the sets otherwise)'
        : `the examples of ${sets(changed)} stand in another order`,
    ];
  }
  const values = changed.filter((set) => otherValues(now[set], before[set]));
  const labels = changed.filter((set) => now[set].labels !== before[set].labels);
  return [
    ...(values.length > 0 ? [`the values of ${sets(values)} are others`] : []),
    ...(labels.length > 0 ? [`the labels of ${sets(labels)} are others`] : []),
  ];
}

function sets(names: readonly (typeof SETS)[number][]): string {
  const words = names.map((name) => NAMES[name]);
  const last = words.pop();
  return `the ${words.length > 0 ? `${words.join(', ')} and ` : ''}${last} set${words.length > 0 ? 's' : ''}`;
}

function isOther(now: SetFingerprint, before: SetFingerprint): boolean {
  return otherValues(now, before) || now.labels !== before.labels;
}

/** Values that differ from pass to pass are no mark. */
function otherValues(now: SetFingerprint, before: SetFingerprint): boolean {
  return now.values !== null && before.values !== null && now.values !== before.values;
}

/** Of all examples, in whatever set and order they are; null where their values differ from pass to pass. */
function sumOf(data: Sets): bigint | null {
  const contents = SETS.map((set) => data[set].content);
  if (contents.includes(null)) return null;
  return contents.reduce((sum, content) => sum + BigInt(`0x${content}`), 0n) % MODULUS;
}
