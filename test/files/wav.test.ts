import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resample, resampledLength } from '../../src/files/resample.js';
import { parseWav, readWav, readWavFormat } from '../../src/files/wav.js';
import { writeWav } from '../../src/files/wav-write.js';
import { chunkOf, wavOf } from './wav-bytes.js';

const folder = mkdtempSync(join(tmpdir(), 'wav-'));
afterAll(() => rmSync(folder, { recursive: true }));

const words =
  (write: 'writeInt16LE' | 'writeInt32LE' | 'writeFloatLE' | 'writeDoubleLE', width: number) =>
  (...values: number[]) => {
    const data = Buffer.alloc(values.length * width);
    for (const [i, value] of values.entries()) data[write](value, i * width);
    return data;
  };
const pcm16 = words('writeInt16LE', 2);

describe('reading WAV', () => {
  it.each([
    ['8 bits', Buffer.of(0, 128, 192, 255), { bits: 8 }, [-1, 0, 0.5, 127 / 128]],
    ['16 bits', pcm16(-32768, 0, 16384, 32767), { bits: 16 }, [-1, 0, 0.5, 32767 / 32768]],
    [
      '24 bits',
      Buffer.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40, 0xff, 0xff, 0x7f),
      { bits: 24 },
      [-1, 0, 0.5, 1 - 2 ** -23],
    ],
    ['32 bits', words('writeInt32LE', 4)(-(2 ** 31), 0, 2 ** 30), { bits: 32 }, [-1, 0, 0.5]],
    ['float', words('writeFloatLE', 4)(-1, 0.25, 1.5), { bits: 32, code: 3 }, [-1, 0.25, 1.5]],
    ['double', words('writeDoubleLE', 8)(-1, 0.25), { bits: 64, code: 3 }, [-1, 0.25]],
    ['extensible PCM', pcm16(16384), { code: 0xfffe, subCode: 1 }, [0.5]],
    ['extensible float', words('writeFloatLE', 4)(0.5), { code: 0xfffe, subCode: 3, bits: 32 }, [0.5]],
  ])('%s', (_, data, spec, samples) => {
    expect(parseWav(wavOf(data, spec), 'FILE')).toEqual({
      sampleRate: 8000,
      channels: 1,
      samples: Float32Array.from(samples),
    });
  });

  it('stereo, frame by frame, with other chunks before, the same from a file', () => {
    const before = [chunkOf('LIST', Buffer.from('odd')), chunkOf('fact', Buffer.alloc(4))];
    const bytes = wavOf(pcm16(1, 2, 3, 4), { channels: 2, sampleRate: 44100, before });
    const path = join(folder, 'stereo.wav');
    writeFileSync(path, bytes);
    const expected = {
      sampleRate: 44100,
      channels: 2,
      samples: Float32Array.from([1, 2, 3, 4], (v) => v / 32768),
    };
    expect(parseWav(bytes, 'FILE')).toEqual(expected);
    expect(readWav(path)).toEqual(expected);
    expect(readWavFormat(path)).toEqual({
      sampleRate: 44100,
      channels: 2,
      frames: 2,
      encoding: 'pcm',
      bits: 16,
      start: bytes.length - 8,
    });
  });

  it.each([
    ['another file', Buffer.from('ID3 is no WAVE file'), /expected a WAV file \(RIFF … WAVE\), got "ID3 "$/],
    ['an empty file', Buffer.of(), /expected a WAV file/],
    ['no samples', wavOf(Buffer.of()).subarray(0, 36), /there are no samples in it \(truncated\)$/],
    [
      'a cut file',
      wavOf(pcm16(1, 2, 3)).subarray(0, -1),
      /chunk "data" needs 6 bytes, the file has 5 \(truncated\)/,
    ],
    [
      'half a frame',
      wavOf(pcm16(1, 2, 3), { channels: 2 }),
      /6 bytes of samples are no whole number of frames of 4/,
    ],
    [
      'A-law',
      wavOf(Buffer.of(1), { code: 6, bits: 8 }),
      /got format 6 of 8 bits \(convert it: ffmpeg -i IN\.wav/,
    ],
    ['12 bits', wavOf(Buffer.of(1), { bits: 12 }), /got format 1 of 12 bits/],
    ['no channel', wavOf(Buffer.of(), { channels: 0 }), /0 channels at 8000 Hz are no sound/],
    [
      'samples before their format',
      chunkOf('RIFF', Buffer.concat([Buffer.from('WAVE'), chunkOf('data', pcm16(1))])),
      /the samples come before their format/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseWav(bytes, 'FILE')).toThrow(/^readWav: FILE: /);
    expect(() => parseWav(bytes, 'FILE')).toThrow(message);
  });
});

describe('writing WAV', () => {
  it('gives what is read again, to half a step', () => {
    const samples = Float32Array.of(-1, -0.3, 0, 0.7, 1, 0.1);
    const path = join(folder, 'made', 'written.wav');
    writeWav(path, samples, { sampleRate: 16000, channels: 2 });
    const read = readWav(path);
    expect([read.sampleRate, read.channels]).toEqual([16000, 2]);
    for (const [i, value] of samples.entries()) {
      expect(Math.abs(read.samples[i] - value)).toBeLessThanOrEqual(value === 1 ? 2 ** -15 : 2 ** -16);
    }
  });

  it('refuses what would be clipped, and leaves no file', () => {
    for (const bad of [1.1, -1.1, Number.NaN]) {
      expect(() => writeWav(join(folder, 'bad.wav'), [0, bad], { sampleRate: 8000 })).toThrow(
        /^writeWav: .*bad\.wav: samples must be in \[-1, 1\], got (-?1\.1|NaN) at 1$/,
      );
    }
    expect(readdirSync(folder)).not.toContain('bad.wav');
  });
});

describe('resampling', () => {
  const tone = (frequency: number, rate: number, frames: number) =>
    Float32Array.from({ length: frames }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));
  /** Largest difference away from the ends, where the sound is cut off. */
  const worst = (a: Float32Array, b: Float32Array, margin: number) =>
    a
      .subarray(margin, -margin)
      .reduce((most, value, i) => Math.max(most, Math.abs(value - b[margin + i])), 0);

  it.each([
    [16000, 8000],
    [8000, 16000],
    [44100, 16000],
    [11025, 8000],
  ])('from %i to %i Hz keeps a tone below both Nyquist frequencies', (from, to) => {
    const result = resample(tone(500, from, from / 5), 1, from, to);
    expect(result).toHaveLength(resampledLength(from / 5, from, to));
    expect(worst(result, tone(500, to, result.length), 200)).toBeLessThan(1e-3);
  });

  it('removes what the lower rate cannot hold', () => {
    const result = resample(tone(6000, 16000, 3200), 1, 16000, 8000);
    expect(worst(result, new Float32Array(result.length), 200)).toBeLessThan(1e-3);
  });

  it('keeps a constant, each channel by itself, and a sound of the same rate as it is', () => {
    const stereo = Float32Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.25));
    const result = resample(stereo, 2, 16000, 12000);
    expect(result).toHaveLength(1500);
    for (let i = 200; i < 1300; i++) expect(result[i]).toBeCloseTo(i % 2 === 0 ? 0.5 : -0.25, 6);
    expect(resample(stereo, 2, 16000, 16000)).toBe(stereo);
  });
});
