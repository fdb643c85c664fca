import { crc32 } from 'node:zlib';
import { encode } from 'fast-png';

/** An opaque drawing of few colours as a PNG file of at most 256 of them: a third of the size, or less. */
export function palettePng(
  { data, width, height }: { data: Uint8ClampedArray; width: number; height: number },
  pixelsAPoint: number,
): Uint8Array {
  const { palette, numbers } = quantised(data);
  const file = encode({ data: numbers, width, height, channels: 1, depth: 8, palette });
  return withDensity(file, pixelsAPoint);
}

/** Levels of a channel, as bits: colours that agree in them count as one. */
const BITS = 5;

/**
 * The 256 most frequent colours (of 32 levels a channel, each the mean of its pixels) and each pixel's number among
 * them. Charts are few colours and their blends with the paper, so little else is left to be rounded.
 */
function quantised(data: Uint8ClampedArray): { palette: number[][]; numbers: Uint8Array } {
  const keys = new Uint16Array(data.length / 4);
  const counts = new Uint32Array(1 << (3 * BITS));
  const sums = [0, 1, 2].map(() => new Float64Array(counts.length));
  for (let i = 0; i < keys.length; i++) {
    const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
    const key = ((r >> 3) << (2 * BITS)) | ((g >> 3) << BITS) | (b >> 3);
    keys[i] = key;
    counts[key]++;
    sums[0][key] += r;
    sums[1][key] += g;
    sums[2][key] += b;
  }
  const used = [...counts.keys()].filter((key) => counts[key] > 0).sort((a, b) => counts[b] - counts[a]);
  const mean = (key: number): number[] => sums.map((sum) => Math.round(sum[key] / counts[key]));
  const palette = used.slice(0, 256).map(mean);
  const numberOf = new Uint8Array(counts.length);
  for (const key of used) numberOf[key] = nearest(palette, mean(key));
  const numbers = new Uint8Array(keys.length);
  for (let i = 0; i < keys.length; i++) numbers[i] = numberOf[keys[i]];
  return { palette, numbers };
}

function nearest(palette: readonly number[][], colour: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const [i, one] of palette.entries()) {
    const distance = one.reduce((sum, value, c) => sum + (value - colour[c]) ** 2, 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** Says in the file how dense its pixels are (96 points an inch), so that it is shown in the size it was drawn for. */
function withDensity(file: Uint8Array, pixelsAPoint: number): Uint8Array {
  const chunk = Buffer.alloc(21);
  const aMetre = Math.round((pixelsAPoint * 96) / 0.0254);
  chunk.writeUInt32BE(9, 0);
  chunk.write('pHYs', 4, 'latin1');
  chunk.writeUInt32BE(aMetre, 8);
  chunk.writeUInt32BE(aMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  // Behind the signature and the header, which comes first and is 25 bytes.
  return Buffer.concat([file.subarray(0, 33), chunk, file.subarray(33)]);
}
