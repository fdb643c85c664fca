import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkKeys } from '../options.js';
import { type ExampleSource, toIdentify } from './example-source.js';
import { fileHashes } from './file-hashes.js';
import { type Batch, type Dataset, disposeBatch, type Task } from './task.js';

/** What one set of a task is known by. Plain data. */
export interface SetFingerprint {
  /** Of every value, shape and length, in order; null where they differ from pass to pass, as augmented ones do. */
  values: string | null;
  /** Of every label, in order. */
  labels: string;
  /**
   * Of the examples with their labels whatever their order: a sum, so that those of several sets can be added. Where values
   * differ from pass to pass, of shapes and labels, or null where that was found out later.
   */
  content: string | null;
}

/** What a task's data are known by: its own `fingerprint()`, or every example of the three sets. Plain data. */
export type Fingerprint =
  | { readonly own: unknown }
  | { readonly train: SetFingerprint; readonly validation: SetFingerprint; readonly test: SetFingerprint };

export interface FingerprintOptions {
  /** Stops by throwing the signal's reason. */
  signal?: AbortSignal;
  /** Called after each batch or file with the examples done and those of all sets. */
  onProgress?: (event: { done: number; total: number }) => void | Promise<void>;
}

/** Examples a batch. */
const BATCH = 64;
/** Examples whose sources are named between two turns of the event loop. */
const QUICK = 1000;
const MODULUS = 1n << 64n;

/** A step of the work: `examples` more are done. */
type Tick = (examples: number) => Promise<void>;

/**
 * Goes through all data of a task, in stored order. Sets whose examples are files or made by a seed are known by those
 * (`ExampleSource`), everything else by its values. Lets the event loop turn after every batch.
 * @throws the signal's reason
 */
export async function fingerprint(task: Task, options: FingerprintOptions = {}): Promise<Fingerprint> {
  checkKeys('fingerprint', options, ['signal', 'onProgress']);
  if (task.fingerprint) return { own: await task.fingerprint() };
  const { signal, onProgress } = options;
  const total = task.train.size + task.validation.size + task.test.size;
  let done = 0;
  const tick: Tick = async (examples) => {
    done += examples;
    await onProgress?.({ done: Math.round(done), total });
    await nextTurn();
    signal?.throwIfAborted();
  };
  signal?.throwIfAborted();
  return {
    train: await ofSet(task.train, tick),
    validation: await ofSet(task.validation, tick),
    test: await ofSet(task.test, tick),
  };
}

function ofSet(set: Dataset, tick: Tick): Promise<SetFingerprint> {
  const how = toIdentify(set);
  return 'source' in how ? fromSource(how.source, how.examples, tick) : fromValues(how, tick);
}

async function fromSource(
  { of, labelOf, how }: ExampleSource,
  examples: Uint32Array,
  tick: Tick,
): Promise<SetFingerprint> {
  const sources = Array.from(examples, (example) => of(example));
  const files = new Set(sources.flatMap(({ file }) => file ?? []));
  const hashes = await fileHashes(files, () => tick(examples.length / files.size));
  const collected = collector();
  const becomes = JSON.stringify(how) ?? '';
  for (const [i, { file, place }] of sources.entries()) {
    const what = JSON.stringify([file === undefined ? null : hashes.get(file), place]);
    collected.add(digest(what, becomes), digest(String(labelOf?.(examples[i]))));
    if (i % QUICK === 0) await tick(files.size > 0 ? 0 : Math.min(QUICK, examples.length - i));
  }
  return collected.result();
}

async function fromValues(set: Dataset, tick: Tick): Promise<SetFingerprint> {
  if (set.size === 0) return collector().result();
  const whole = collector();
  let first: string | undefined;
  for await (const batch of set.batches({ batch: BATCH })) {
    const examples = digestsOf(batch);
    first ??= inShort(examples);
    for (const { value, label } of examples) whole.add(value, label);
    await tick(examples.length);
  }
  for await (const batch of set.batches({ batch: BATCH })) {
    if (inShort(digestsOf(batch)) === first) return whole.result();
    break;
  }
  const forms = collector();
  for await (const batch of set.batches({ batch: BATCH })) {
    for (const { form, label } of digestsOf(batch)) forms.add(form, label);
    await tick(0);
  }
  return { ...forms.result(), values: null };
}

/** Puts examples together, in order and in sum. */
function collector(): { add(value: Buffer, label: Buffer): void; result(): SetFingerprint } {
  const [values, labels] = [createHash('sha256'), createHash('sha256')];
  let sum = 0n;
  return {
    add: (value, label) => {
      values.update(value);
      labels.update(label);
      sum += digest(value, label).readBigUInt64LE();
    },
    result: () => ({
      values: values.digest('hex').slice(0, 32),
      labels: labels.digest('hex').slice(0, 32),
      content: (sum % MODULUS).toString(16).padStart(16, '0'),
    }),
  };
}

/** The examples of a batch, which is disposed: each by its shape, type and numbers up to its true length. */
function digestsOf(batch: Batch): { value: Buffer; form: Buffer; label: Buffer }[] {
  try {
    const { x, y, lengths } = batch;
    const [count] = x.shape;
    const [inputs, labels] = [x.dataSync(), y.dataSync()];
    // Of pairs there are two sequences an example.
    const each = lengths ? lengths.length / count : 1;
    const steps = x.shape[each === 1 ? 1 : 2] ?? 1;
    const width = inputs.length / (count * each * steps);
    const answers = labels.length / count;
    return Array.from({ length: count }, (_, i) => {
      const sequences = Array.from({ length: each }, (_, j) => i * each + j);
      const lengthOf = (at: number): number => lengths?.[at] ?? steps;
      const form = sequences.map((at) => `${x.dtype} ${lengthOf(at)} x ${width};`).join('');
      const values = sequences.map((at) => part(inputs, at * steps * width, lengthOf(at) * width));
      const given = y.rank === 2 && answers === steps ? lengthOf(i) : answers;
      return {
        value: digest(form, ...values),
        form: digest(form),
        label: digest(y.dtype, part(labels, i * answers, given)),
      };
    });
  } finally {
    disposeBatch(batch);
  }
}

function part(data: Float32Array | Int32Array | Uint8Array, start: number, length: number): Uint8Array {
  const { BYTES_PER_ELEMENT: bytes } = data;
  return new Uint8Array(data.buffer, data.byteOffset + start * bytes, length * bytes);
}

function digest(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const one of parts) hash.update(one);
  return hash.digest();
}

function inShort(examples: readonly { value: Buffer }[]): string {
  return digest(...examples.map(({ value }) => value)).toString('hex');
}

/** Two passes over the same data in one: what differs between them is no mark of theirs. */
export function agreed(one: Fingerprint, other: Fingerprint): Fingerprint {
  if ('own' in one || 'own' in other) return one;
  const both = (set: 'train' | 'validation' | 'test'): SetFingerprint =>
    one[set].values === other[set].values ? one[set] : { ...one[set], values: null, content: null };
  return { train: both('train'), validation: both('validation'), test: both('test') };
}
