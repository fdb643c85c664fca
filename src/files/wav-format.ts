import { sampleReader, type WavEncoding } from './wav-samples.js';

export interface WavFormat {
  /** Frames a second. */
  sampleRate: number;
  channels: number;
  /** Samples of each channel. */
  frames: number;
  encoding: WavEncoding;
  /** Bits a sample, of the `width` bytes that it takes. */
  bits: number;
  width: number;
  /** Whether the least byte of a number comes first (RIFF), not last (RIFX). */
  littleEndian: boolean;
  /** First byte of the samples in the file. */
  start: number;
}

/** Gives `count` bytes of a file from a position on, fewer at its end. */
export type Read = (position: number, count: number) => Buffer;

const encodings: Readonly<Record<number, WavEncoding>> = { 1: 'pcm', 3: 'float', 6: 'A-law', 7: 'mu-law' };
const compressed: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG audio',
  85: 'MP3',
};

/** What a writer into a pipe leaves as a length that it cannot go back to: FFmpeg, SoX, arecord. */
const UNKNOWN = new Set([0xffffffff, 0x7ffff000, 0x7fffffff, 0x80000000]);

/** The header of a WAV file of `size` bytes. @throws RangeError  `readWav: FILE: …` */
export function parseFormat(read: Read, size: number, name: string): WavFormat {
  const fail = (what: string) => new RangeError(`readWav: ${name}: ${what}`);
  const head = read(0, 12);
  const form = head.toString('latin1', 0, 4);
  if (head.length < 12 || !/^(RIFF|RIFX|RF64|BW64)$/.test(form) || head.toString('latin1', 8) !== 'WAVE') {
    throw fail(`expected a WAV file (RIFF … WAVE), got ${JSON.stringify(form)}`);
  }
  const little = form !== 'RIFX';
  const whole = view(head).getUint32(4, little);
  let format: Omit<WavFormat, 'frames' | 'start'> | undefined;
  let long: number | undefined;
  for (let at = 12; at + 8 <= size; ) {
    const chunk = read(at, 8);
    const kind = chunk.toString('latin1', 0, 4);
    let length = view(chunk).getUint32(4, little);
    at += 8;
    const left = size - at;
    const samples = kind === 'data';
    if (samples && length === 0xffffffff && long !== undefined) length = long;
    const piped =
      samples &&
      long === undefined &&
      ((UNKNOWN.has(length) && length > left) ||
        (length === 0 && (whole === 0 || UNKNOWN.has(whole) || whole + 8 <= at)));
    if (!piped && length > left) {
      throw fail(`chunk "${kind}" needs ${length} bytes, the file has ${left} (truncated)`);
    }
    if (kind === 'ds64' && length >= 16) long = Number(view(read(at, 16)).getBigUint64(8, little));
    if (kind === 'fmt ') format = readFormat(read(at, Math.min(length, 40)), little, fail);
    if (samples) {
      if (!format) throw fail('the samples come before their format');
      const frame = format.channels * format.width;
      // Where nobody wrote how long it is, the sound ends with its last whole frame.
      const bytes = piped ? left - (left % frame) : length;
      if (bytes % frame !== 0)
        throw fail(`${bytes} bytes of samples are no whole number of frames of ${frame}`);
      return { ...format, frames: bytes / frame, start: at };
    }
    at += length + (length % 2);
  }
  throw fail('there are no samples in it (truncated)');
}

function readFormat(
  bytes: Buffer,
  littleEndian: boolean,
  fail: (what: string) => Error,
): Omit<WavFormat, 'frames' | 'start'> {
  if (bytes.length < 16) throw fail(`the format has ${bytes.length} bytes, expected at least 16`);
  const chunk = view(bytes);
  const word = (at: number) => chunk.getUint16(at, littleEndian);
  const code = word(0) === 0xfffe && bytes.length >= 28 ? chunk.getUint32(24, littleEndian) : word(0);
  const [channels, sampleRate, block, bits] = [word(2), chunk.getUint32(4, littleEndian), word(12), word(14)];
  if (channels === 0 || sampleRate === 0) throw fail(`${channels} channels at ${sampleRate} Hz are no sound`);
  const encoding = Object.hasOwn(encodings, code) ? encodings[code] : undefined;
  const width = block / channels;
  if (encoding && (bits === 0 || !Number.isInteger(width) || bits > 8 * width)) {
    throw fail(`${channels} samples of ${bits} bits do not make frames of ${block} bytes (damaged header)`);
  }
  if (!encoding || !sampleReader(encoding, width, littleEndian)) {
    const what = encoding ?? (Object.hasOwn(compressed, code) ? compressed[code] : 'another');
    throw fail(
      'expected PCM of up to 64 bits, float of 32 or 64, mu-law or A-law, ' +
        `got ${what} (format ${code} of ${bits} bits; convert it: ffmpeg -i IN.wav -c:a pcm_s16le OUT.wav)`,
    );
  }
  return { sampleRate, channels, encoding, bits, width, littleEndian };
}

export function view(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
