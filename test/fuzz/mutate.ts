import { type Random, random } from '../../src/random.js';

/** Words that parsers trip over, in the formats' own spellings. */
const words = [
  '0',
  '-1',
  '4294967295',
  '9007199254740993',
  '1e309',
  'NaN',
  '"',
  '{',
  '[',
  '__proto__',
  '../',
  '\0',
  'True',
];
const numbers = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** Inputs that come from good ones by one to four changes, always the same for a seed. */
export function* mutants(seeds: readonly Buffer[], count: number, seed: number): Generator<Buffer> {
  const source = random(seed);
  for (let i = 0; i < count; i++) {
    let bytes: Buffer = seeds[i % seeds.length];
    for (let changes = source.integer(1, 4); changes > 0; changes--) bytes = change(bytes, seeds, source);
    yield bytes;
  }
}

function change(bytes: Buffer, seeds: readonly Buffer[], source: Random): Buffer {
  const at = source.integer(0, Math.max(0, bytes.length - 1));
  const copy = Buffer.from(bytes);
  switch (source.integer(0, 7)) {
    case 0:
      if (copy.length > 0) copy[at] ^= 1 << source.integer(0, 7);
      return copy;
    case 1:
      if (copy.length > 0) copy[at] = source.integer(0, 255);
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3: {
      const number = numbers[source.integer(0, numbers.length - 1)];
      if (at + 4 <= copy.length) {
        if (source.integer(0, 1) === 0) copy.writeUInt32LE(number, at);
        else copy.writeUInt32BE(number, at);
      }
      return copy;
    }
    case 4:
      return Buffer.concat([
        copy.subarray(0, at),
        copy.subarray(Math.min(copy.length, at + source.integer(1, 16))),
      ]);
    case 5: {
      const other = seeds[source.integer(0, seeds.length - 1)];
      const from = source.integer(0, Math.max(0, other.length - 1));
      return Buffer.concat([copy.subarray(0, at), other.subarray(from, from + 32), copy.subarray(at)]);
    }
    case 6:
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.from(words[source.integer(0, words.length - 1)]),
        copy.subarray(at),
      ]);
    default: {
      const end = Math.min(copy.length, at + source.integer(1, 64));
      return Buffer.concat([copy.subarray(0, end), copy.subarray(at, end), copy.subarray(end)]);
    }
  }
}
