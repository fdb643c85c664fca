import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseFormat, type Read, view, type WavFormat } from './wav-format.js';
import { sampleReader } from './wav-samples.js';

export interface Wav {
  sampleRate: number;
  channels: number;
  /** float32 [frames, channels], row-major; PCM in [-1, 1). */
  samples: Float32Array;
}

/** What Node reads at once. */
const MOST_BYTES = 2 ** 31 - 1;

/** Reads only the header of a WAV file. @throws RangeError  as `readWav` */
export function readWavFormat(path: string): WavFormat {
  return withFile(path, (read, size) => parseFormat(read, size, path));
}

/**
 * Reads a WAV file: PCM of up to 64 bits (those of 12 or 20 in whole bytes too), float of 32 or 64, mu-law or A-law,
 * any number of channels, RIFF, RIFX (most significant byte first), RF64 or BW64. Where it was written into a pipe, so
 * that its length stayed 0 or the largest there is, the samples go on to the end of the file.
 * @throws RangeError  `readWav: FILE: …` for a damaged or truncated file or another encoding
 * Format: Multimedia Programming Interface and Data Specifications 1.0, Microsoft and IBM 1991, and its extensible form;
 *   EBU Tech 3306 (RF64).
 */
export function readWav(path: string): Wav {
  return withFile(path, (read, size) => decode(read, size, path));
}

/** `readWav` for bytes already in memory; `name` stands for the file in messages. */
export function parseWav(bytes: Uint8Array, name: string): Wav {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decode((position, count) => file.subarray(position, position + count), file.length, name);
}

function decode(read: Read, size: number, name: string): Wav {
  const { sampleRate, channels, frames, encoding, width, littleEndian, start } = parseFormat(
    read,
    size,
    name,
  );
  const bytes = frames * channels * width;
  if (bytes > MOST_BYTES) {
    throw new RangeError(
      `readWav: ${name}: expected at most ${MOST_BYTES} bytes of samples, got ${bytes} ` +
        '(cut it: ffmpeg -i IN.wav -f segment -segment_time 600 -c copy PART%03d.wav)',
    );
  }
  const sample = sampleReader(encoding, width, littleEndian);
  if (!sample) throw new Error(`readWav: no sample of ${width} bytes is ${encoding}`);
  const data = view(read(start, bytes));
  const samples = new Float32Array(frames * channels);
  for (let i = 0; i < samples.length; i++) samples[i] = sample(data, i * width);
  return { sampleRate, channels, samples };
}

function withFile<T>(path: string, use: (read: Read, size: number) => T): T {
  const file = openSync(path, 'r');
  try {
    const read: Read = (position, count) => {
      const bytes = Buffer.alloc(count);
      return bytes.subarray(0, readSync(file, bytes, 0, count, position));
    };
    return use(read, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}
