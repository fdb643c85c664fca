import { outOfRange, withDefaults } from '../../options.js';
import type { Targets } from '../task.js';

export type SetName = 'train' | 'validation' | 'test';

/** What every task of a user's own data takes. */
export interface OwnOptions {
  /** Default the maker's, e.g. `csv`. */
  name?: string;
  /** Names of the classes in the order of their numbers. Default those that occur, sorted. */
  classes?: readonly string[];
  /** Shares of the examples held out, in [0, 1). Default 0.1 each. */
  validation?: number;
  test?: number;
  /** Of the split. Default 42. */
  seed?: number;
  /** Each class with the same shares in every set, to within one example. Default true. */
  stratify?: boolean;
  /**
   * Says of each example which set it belongs to, instead of the shares: speakers, patients or days that must not be
   * in two sets. `key` is the file's path, the sequence's id or the example's number.
   */
  split?: (example: { key: string; label: string }) => SetName;
  /** Whether labels are classes, or numbers to be learnt (regression). Default 'classes'. */
  targets?: Targets;
  /** Shifts and scales each channel to mean 0 and deviation 1 over the training set's steps. Default false. */
  standardise?: boolean;
}

export type OwnSettings = Required<Omit<OwnOptions, 'split' | 'classes'>> &
  Pick<OwnOptions, 'split' | 'classes'>;

const defaults: Omit<OwnSettings, 'name'> = {
  classes: undefined,
  validation: 0.1,
  test: 0.1,
  seed: 42,
  stratify: true,
  split: undefined,
  standardise: false,
  targets: 'classes',
};

/** The options of a maker with its own and the common defaults filled in. */
export function ownSettings<T extends object>(
  where: string,
  given: Partial<T & OwnOptions>,
  own: T,
): T & OwnSettings {
  const settings = withDefaults<T & OwnSettings>(where, given as Partial<T & OwnSettings>, {
    ...defaults,
    name: where,
    ...own,
  });
  const { validation, test, targets } = settings;
  if (targets !== 'classes' && targets !== 'real')
    throw outOfRange(where, 'targets', "'classes' or 'real'", String(targets));
  if (targets === 'real' && settings.classes !== undefined)
    throw new TypeError(`${where}: targets: 'real' has no classes (leave classes out)`);
  for (const [name, share] of Object.entries({ validation, test })) {
    if (!(share >= 0 && share < 1)) throw outOfRange(where, name, 'a share in [0, 1)', share);
  }
  if (validation + test >= 1) {
    throw new RangeError(
      `${where}: validation and test must leave something to train on, got ${validation} and ${test}`,
    );
  }
  return settings;
}
