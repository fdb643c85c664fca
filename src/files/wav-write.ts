import { writeWhole } from './write-whole.js';

/**
 * Writes a WAV file of PCM, 16 bits; samples beyond [-1, 1) are an error, not clipped.
 * @param samples  [frames, channels], row-major
 */
export function writeWav(
  path: string,
  samples: ArrayLike<number>,
  { sampleRate, channels = 1 }: { sampleRate: number; channels?: number },
): void {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  [16, 1 | (channels << 16), sampleRate, 2 * channels * sampleRate, (2 * channels) | (16 << 16)].forEach(
    (word, i) => {
      file.writeUInt32LE(word, 16 + 4 * i);
    },
  );
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples.length, 40);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round(samples[i] * 2 ** 15);
    // 1 itself is the only value that rounds to one step too much.
    if (!(value >= -32768 && value <= 32768)) {
      throw new RangeError(`writeWav: ${path}: samples must be in [-1, 1], got ${samples[i]} at ${i}`);
    }
    file.writeInt16LE(Math.min(value, 32767), 44 + 2 * i);
  }
  writeWhole(path, [file]);
}
