import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface WavFormat {
  /** Frames a second. */
  sampleRate: number;
  channels: number;
  /** Samples of each channel. */
  frames: number;
  encoding: 'pcm' | 'float';
  /** Bits a sample. */
  bits: number;
  /** First byte of the samples in the file. */
  start: number;
}

export interface Wav {
  sampleRate: number;
  channels: number;
  /** float32 [frames, channels], row-major; PCM in [-1, 1). */
  samples: Float32Array;
}

/** Gives `count` bytes of a file from a position on, fewer at its end. */
type Read = (position: number, count: number) => Buffer;

const readers: Record<string, (data: Buffer, at: number) => number> = {
  pcm8: (data, at) => (data.readUInt8(at) - 128) / 128,
  pcm16: (data, at) => data.readInt16LE(at) / 2 ** 15,
  pcm24: (data, at) => data.readIntLE(at, 3) / 2 ** 23,
  pcm32: (data, at) => data.readInt32LE(at) / 2 ** 31,
  float32: (data, at) => data.readFloatLE(at),
  float64: (data, at) => data.readDoubleLE(at),
};

/** Reads only the header of a WAV file. @throws RangeError  as `readWav` */
export function readWavFormat(path: string): WavFormat {
  return withFile(path, (read, size) => parseFormat(read, size, path));
}

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits, or float of 32 or 64, any number of channels.
 * @throws RangeError  `readWav: FILE: …` for a damaged file or another encoding
 * Format: Multimedia Programming Interface and Data Specifications 1.0, Microsoft and IBM 1991, and its extensible form.
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
  const { sampleRate, channels, frames, encoding, bits, start } = parseFormat(read, size, name);
  const width = bits / 8;
  const data = read(start, frames * channels * width);
  const sample = readers[`${encoding}${bits}`];
  const samples = new Float32Array(frames * channels);
  for (let i = 0; i < samples.length; i++) samples[i] = sample(data, i * width);
  return { sampleRate, channels, samples };
}

function parseFormat(read: Read, size: number, name: string): WavFormat {
  const fail = (what: string) => new RangeError(`readWav: ${name}: ${what}`);
  const head = read(0, 12).toString('latin1');
  if (head.length < 12 || head.slice(0, 4) !== 'RIFF' || head.slice(8) !== 'WAVE') {
    throw fail(`expected a WAV file (RIFF … WAVE), got ${JSON.stringify(head.slice(0, 4))}`);
  }
  let format: Omit<WavFormat, 'frames' | 'start'> | undefined;
  for (let at = 12; at + 8 <= size; ) {
    const chunk = read(at, 8);
    const [kind, length] = [chunk.toString('latin1', 0, 4), chunk.readUInt32LE(4)];
    at += 8;
    if (at + length > size)
      throw fail(`chunk "${kind}" needs ${length} bytes, the file has ${size - at} (truncated)`);
    if (kind === 'fmt ') format = readFormat(read(at, Math.min(length, 40)), fail);
    if (kind === 'data') {
      if (!format) throw fail('the samples come before their format');
      const frame = (format.channels * format.bits) / 8;
      if (length % frame !== 0)
        throw fail(`${length} bytes of samples are no whole number of frames of ${frame}`);
      return { ...format, frames: length / frame, start: at };
    }
    at += length + (length % 2);
  }
  throw fail('there are no samples in it (truncated)');
}

function readFormat(chunk: Buffer, fail: (what: string) => Error): Omit<WavFormat, 'frames' | 'start'> {
  if (chunk.length < 16) throw fail(`the format has ${chunk.length} bytes, expected at least 16`);
  const extensible = chunk.readUInt16LE(0) === 0xfffe && chunk.length >= 26;
  const code = chunk.readUInt16LE(extensible ? 24 : 0);
  const [channels, sampleRate] = [chunk.readUInt16LE(2), chunk.readUInt32LE(4)];
  const bits = chunk.readUInt16LE(14);
  const encoding = code === 1 ? 'pcm' : code === 3 ? 'float' : undefined;
  if (!encoding || !Object.hasOwn(readers, `${encoding}${bits}`)) {
    throw fail(
      `expected PCM of 8, 16, 24 or 32 bits or float of 32 or 64, got format ${code} of ${bits} bits ` +
        '(convert it: ffmpeg -i IN.wav -c:a pcm_s16le OUT.wav)',
    );
  }
  if (channels === 0 || sampleRate === 0) throw fail(`${channels} channels at ${sampleRate} Hz are no sound`);
  return { sampleRate, channels, encoding, bits };
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
