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

/** A file whose length of samples stands in its first chunk. */
function rf64(data: Buffer, length: number, form = 'RF64'): Buffer {
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(BigInt(length), 8);
  const plain = wavOf(data);
  const samples = plain.subarray(36);
  samples.writeUInt32LE(0xffffffff, 4);
  const head = Buffer.from(`${form}\xff\xff\xff\xffWAVE`, 'latin1');
  return Buffer.concat([head, chunkOf('ds64', sizes), plain.subarray(12, 36), samples]);
}

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

  // The values of Python's audioop.
  it.each([
    ['mu-law', 7, [0, 1, 127, 128, 200, 255], [-32124, -31100, 0, 32124, 1372, 0]],
    ['A-law', 6, [0, 1, 85, 128, 200, 213, 255], [-5504, -5248, -8, 5504, 472, 8, 848]],
  ])('%s', (_, code, bytes, values) => {
    const { samples } = parseWav(wavOf(Buffer.from(bytes), { code, bits: 8 }), 'FILE');
    expect([...samples].map((v) => v * 2 ** 15)).toEqual(values);
  });

  it.each([
    ['12 bits in two bytes', Buffer.of(0xf0, 0x7f, 0, 0x80), { bits: 12, block: 2 }, [2047 / 2048, -1]],
    [
      '20 bits in three',
      Buffer.of(0, 0, 0xc0, 0xf0, 0xff, 0x7f),
      { bits: 20, block: 3 },
      [-0.5, 1 - 2 ** -19],
    ],
    ['24 bits in four', Buffer.of(0, 0, 0, 0x40), { bits: 24, block: 4 }, [0.5]],
    ['5 bits in one', Buffer.of(0, 192), { bits: 5, block: 1 }, [-1, 0.5]],
    ['48 bits', Buffer.of(0, 0, 0, 0, 0, 0xa0), { bits: 48 }, [-0.75]],
    ['64 bits', Buffer.of(0, 0, 0, 0, 0, 0, 0, 0x80), { bits: 64 }, [-1]],
  ])('%s', (_, data, spec, samples) => {
    expect([...parseWav(wavOf(data, spec), 'FILE').samples]).toEqual(samples);
  });

  it.each([
    ['PCM of 16 bits', 1, 16, Buffer.of(0x40, 0, 0x80, 0)],
    ['PCM of 24 bits', 1, 24, Buffer.of(0x40, 0, 0, 0x80, 0, 0)],
    ['float', 3, 32, Buffer.of(0x3f, 0, 0, 0, 0xbf, 0x80, 0, 0)],
    ['extensible PCM', 0xfffe, 16, Buffer.of(0x40, 0, 0x80, 0)],
  ])('RIFX of %s', (_, code, bits, data) => {
    const format = Buffer.alloc(code === 0xfffe ? 40 : 16);
    if (format.length > 16) format.writeUInt32BE(1, 24);
    for (const [at, value] of [code, 1, 0, 8000, 0, 0, bits / 8, bits].entries())
      format.writeUInt16BE(value, 2 * at);
    const big = (kind: string, bytes: Buffer) => {
      const chunk = chunkOf(kind, bytes);
      chunk.writeUInt32BE(bytes.length, 4);
      return chunk;
    };
    const file = big('RIFX', Buffer.concat([Buffer.from('WAVE'), big('fmt ', format), big('data', data)]));
    expect(parseWav(file, 'FILE')).toEqual({
      sampleRate: 8000,
      channels: 1,
      samples: Float32Array.of(0.5, -1),
    });
  });

  it.each([['RF64'], ['BW64']])('%s, whose length is before its format', (form) => {
    const file = rf64(pcm16(16384, -32768), 4, form);
    expect([...parseWav(Buffer.concat([file, chunkOf('LIST', Buffer.alloc(4))]), 'FILE').samples]).toEqual([
      0.5, -1,
    ]);
  });

  describe('from a pipe', () => {
    it.each([
      ['FFmpeg', 0xffffffff, 0xffffffff],
      ['SoX', 0x7ffff024, 0x7ffff000],
      ['arecord', 0x80000024, 0x80000000],
      ['no length at all', 0, 0],
      ['the length of the header alone', 36, 0],
    ])('%s', (_, whole, length) => {
      const file = wavOf(pcm16(16384, -32768));
      file.writeUInt32LE(whole, 4);
      file.writeUInt32LE(length, 40);
      expect([...parseWav(file, 'FILE').samples]).toEqual([0.5, -1]);
      // Half a frame is no sample yet.
      expect([...parseWav(Buffer.concat([file, Buffer.of(7)]), 'FILE').samples]).toEqual([0.5, -1]);
    });

    it('a sound of no length before another chunk stays one', () => {
      const file = Buffer.concat([wavOf(Buffer.of()), chunkOf('LIST', Buffer.alloc(4))]);
      file.writeUInt32LE(file.length - 8, 4);
      expect(parseWav(file, 'FILE').samples).toHaveLength(0);
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
      width: 2,
      littleEndian: true,
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
      'MP3',
      wavOf(Buffer.of(1), { code: 0x55, bits: 8 }),
      /got MP3 \(format 85 of 8 bits; convert it: ffmpeg -i IN\.wav/,
    ],
    ['IMA ADPCM', wavOf(Buffer.of(1), { code: 0x11, bits: 4 }), /got IMA ADPCM \(format 17 of 4 bits/],
    ['float of 16 bits', wavOf(Buffer.of(1, 2), { code: 3 }), /got float \(format 3 of 16 bits/],
    [
      'a frame that its samples do not fill',
      wavOf(Buffer.of(1, 2), { bits: 24, block: 2 }),
      /1 samples of 24 bits do not make frames of 2 bytes \(damaged header\)/,
    ],
    [
      'RF64 that was cut',
      rf64(pcm16(1, 2, 3), 8),
      /chunk "data" needs 8 bytes, the file has 6 \(truncated\)/,
    ],
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
