import { readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { resample, resampledLength } from '../../files/resample.js';
import { readWav, readWavFormat } from '../../files/wav.js';
import type { WavFormat } from '../../files/wav-format.js';
import { outOfRange, unknownName } from '../../options.js';
import { logMel, MEL_SIZE, MFCC_HOP, MFCC_SHORTEST, MFCC_SIZE, mfcc, mfccFrames } from '../mfcc.js';
import { type OwnOptions, ownSettings } from './options.js';
import { checked } from './sequences.js';
import { type OwnTask, ownTask } from './task.js';

/** Nobody's sounds are so far apart; a damaged header would ask for as many times the file's memory. */
const MOST_RESAMPLED = 1000;

export interface WavFolderOptions extends OwnOptions {
  /**
   * The class of a recording by its path inside the folder (with forward slashes); undefined leaves it out. Default
   * the folder it lies in.
   */
  label?: (path: string) => string | undefined;
  /** Samples a second; recordings of another rate are resampled. Default the rate of all, which must be one. */
  sampleRate?: number;
  /** The mean of a recording's channels as the only one. Default false. */
  mono?: boolean;
  /** Longer recordings are cut to so many steps (after resampling). Default none is cut. */
  maxLength?: number;
  /**
   * What a step holds: a sample of each channel, 20 cepstral coefficients (`mfcc`), or the logarithms of 64 mel bands
   * (`spectrogram`), one step every 100 samples; the last two are of one channel. Default 'raw'.
   */
  features?: Features;
}

export type Features = 'raw' | 'mfcc' | 'spectrogram';

/** Numbers a step of those that are of one channel, and what makes them. */
const FEATURES = {
  mfcc: { size: MFCC_SIZE, of: mfcc },
  spectrogram: { size: MEL_SIZE, of: logMel },
} as const;

/**
 * A task of a folder of WAV files and the folders in it. Recordings are read when they are needed, so that they need
 * not fit in memory; only their headers are read at first.
 * @example
 *   await tasks.wavFolder('recordings', { label: (path) => path.split('_')[0], sampleRate: 8000, mono: true });
 * @returns  a task with x float32 [batch, L, channels], PCM in [-1, 1), shorter recordings followed by silence, and
 *   their true lengths where they differ
 * @throws RangeError  `wavFolder: a.wav has 44100 samples a second, b.wav 16000 (pass sampleRate to resample them)`
 */
export async function wavFolder(folder: string, options: WavFolderOptions = {}): Promise<OwnTask> {
  const { label, sampleRate, mono, maxLength, features, ...settings } = ownSettings<
    Required<Pick<WavFolderOptions, 'label' | 'mono' | 'features'>> &
      Pick<WavFolderOptions, 'sampleRate' | 'maxLength'>
  >('wavFolder', options, {
    label: folderOf,
    sampleRate: undefined,
    mono: false,
    maxLength: undefined,
    features: 'raw',
  });
  if (features !== 'raw' && !Object.hasOwn(FEATURES, features)) {
    throw unknownName('wavFolder', 'features', features, ['raw', ...Object.keys(FEATURES)]);
  }
  for (const [name, value] of Object.entries({ sampleRate, maxLength })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw outOfRange('wavFolder', name, 'a whole number of at least 1', value);
    }
  }
  const recordings = wavFiles(folder)
    .map((path) => ({ path, label: label(path) }))
    .filter((one): one is { path: string; label: string } => one.label !== undefined)
    .map((one) => ({ ...one, format: readWavFormat(join(folder, one.path)) }));
  if (recordings.length === 0) throw new RangeError(`wavFolder: ${folder} holds no .wav file with a label`);
  agree(recordings, 'sampleRate', sampleRate, 'samples a second', 'pass sampleRate to resample them');
  agree(recordings, 'channels', mono ? 1 : undefined, 'channels', 'pass mono: true to take their mean');
  const rate = sampleRate ?? recordings[0].format.sampleRate;
  for (const { path, format } of recordings) checkRate(path, format.sampleRate, rate);
  const channels = mono ? 1 : recordings[0].format.channels;
  const whole = recordings.map(({ format }) => resampledLength(format.frames, format.sampleRate, rate));
  const cut = whole.map((length) => Math.min(maxLength ?? Number.POSITIVE_INFINITY, length));
  const lengths = features === 'raw' ? cut : cut.map(mfccFrames);
  const reading: WavReading = {
    sampleRate: rate,
    mono,
    maxLength,
    channels,
    ...(features !== 'raw' && { features }),
  };
  const size = sizeOf(reading);
  return ownTask(
    'wavFolder',
    {
      channels: size,
      notes: lengthNotes(whole, maxLength),
      labels: recordings.map((one) => one.label),
      keyOf: (example) => recordings[example].path,
      lengthOf: (example) => lengths[example],
      read: (example) => {
        const { path } = recordings[example];
        const samples = recordingOf(join(folder, path), path, reading);
        if (samples.length < lengths[example] * size) {
          throw new RangeError(`wavFolder: ${path} has changed since the task was made`);
        }
        return samples;
      },
      sampleRate: features === 'raw' ? rate : rate / MFCC_HOP,
      reader: { maker: 'wavFolder', options: { ...reading } },
      fileOf: (example) => join(folder, recordings[example].path),
      how: reading,
    },
    settings,
  );
}

/** How the samples of a recording are read. Plain data. */
export interface WavReading {
  sampleRate: number;
  mono: boolean;
  maxLength?: number;
  channels: number;
  /** Default 'raw'. */
  features?: Features;
}

/** Numbers a step. @throws RangeError  for features of more than one channel */
export function sizeOf({ channels, features = 'raw' }: WavReading): number {
  if (features === 'raw') return channels;
  if (channels === 1) return FEATURES[features].size;
  throw new RangeError(
    `wavFolder: ${features} is of one channel, the recordings have ${channels} (pass mono: true)`,
  );
}

/** What was cut and what is followed by silence. */
function lengthNotes(lengths: readonly number[], maxLength = Number.POSITIVE_INFINITY): string[] {
  const cut = lengths.filter((length) => length > maxLength).length;
  const longest = lengths.reduce((most, length) => Math.max(most, Math.min(length, maxLength)), 0);
  const shorter = lengths.filter((length) => length < longest).length;
  return [
    ...(cut > 0 ? [`${cut} of ${lengths.length} recordings are cut to ${maxLength} samples`] : []),
    ...(shorter > 0
      ? [`${shorter} of ${lengths.length} recordings are shorter than ${longest} samples and end there`]
      : []),
  ];
}

/**
 * The samples of a recording, resampled and cut, or the features of them  [L, size]
 * @param key  what it is called in messages
 * @throws RangeError  for another number of channels
 */
export function recordingOf(path: string, key: string, reading: WavReading): Float32Array {
  const { sampleRate, mono, maxLength, channels, features = 'raw' } = reading;
  const wav = readWav(path);
  const samples = mono ? meanOf(wav.samples, wav.channels) : wav.samples;
  if (!mono && wav.channels !== channels) {
    throw new RangeError(`wavFolder: ${key} has ${wav.channels} channels, expected ${channels}`);
  }
  checkRate(key, wav.sampleRate, sampleRate);
  const resampled = resample(samples, channels, wav.sampleRate, sampleRate);
  const longest = maxLength === undefined ? resampled.length : maxLength * channels;
  const samples32 = checked('wavFolder', resampled.subarray(0, longest), channels, key);
  if (features === 'raw') return samples32;
  if (samples32.length <= MFCC_SHORTEST) {
    throw new RangeError(
      `wavFolder: ${key} has ${samples32.length} samples, ${features} needs more than ${MFCC_SHORTEST} (leave it out by label)`,
    );
  }
  return FEATURES[features].of(sampleRate)(samples32);
}

function checkRate(path: string, from: number, to: number): void {
  if (Math.max(from / to, to / from) <= MOST_RESAMPLED) return;
  throw new RangeError(
    `wavFolder: ${path} has ${from} samples a second, too far from ${to} to be resampled (is its header damaged?)`,
  );
}

/**
 * Paths of the folder's WAV files, with forward slashes, sorted.
 * @throws RangeError  for a name that is not UTF-8: such a folder would be passed over, and two could be one class
 */
export function wavFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => {
      if (!path.includes('\ufffd')) return /\.wav$/i.test(path) && statSync(join(folder, path)).isFile();
      throw new RangeError(
        `wavFolder: expected names in UTF-8, got ${JSON.stringify(path)} in ${folder} ` +
          '(rename it: convmv -f latin1 -t utf8 -r --notest FOLDER)',
      );
    })
    .map((path) => path.split(sep).join('/'))
    .sort();
}

function folderOf(path: string): string {
  const parts = path.split('/');
  if (parts.length > 1) return parts[parts.length - 2];
  throw new TypeError(`wavFolder: ${path} lies in no folder of its class (pass label: (path) => …)`);
}

function agree(
  recordings: readonly { path: string; format: WavFormat }[],
  property: 'sampleRate' | 'channels',
  chosen: number | undefined,
  unit: string,
  remedy: string,
): void {
  const [first] = recordings;
  const other = recordings.find(({ format }) => format[property] !== first.format[property]);
  if (chosen !== undefined || !other) return;
  throw new RangeError(
    `wavFolder: ${first.path} has ${first.format[property]} ${unit}, ` +
      `${other.path} ${other.format[property]} (${remedy})`,
  );
}

function meanOf(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;
  return Float32Array.from({ length: samples.length / channels }, (_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel];
    return sum / channels;
  });
}
