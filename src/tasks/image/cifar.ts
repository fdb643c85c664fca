import { dataFile } from '../../data/locate.js';
import { readUnpacked } from '../../files/gzip.js';
import type { Pixels } from '../pixels.js';

export const PIXELS: number = 32 * 32;

/** Official files of each split, and the one of gray JPEG copies that stands for them. */
const FILES = {
  train: {
    official: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
    copies: 'cifar10_gray_jpegq75_train.bin',
  },
  test: { official: ['test_batch.bin'], copies: 'cifar10_gray_jpegq75_test.bin' },
} as const;

/**
 * The images of one split: the official binary files' in gray, or else copies from JPEG images, already gray.
 * @returns  also whether they are such copies
 * @throws RangeError  for a file that is missing or cut
 */
export function readCifar(split: 'train' | 'test'): Pixels & { copies: boolean } {
  const { official, copies } = FILES[split];
  const first = dataFile('image', 'cifar10', [official[0], copies]);
  if (first.includes(copies)) return { ...records(first, 1), copies: true };
  const parts = official.map((name) => records(dataFile('image', 'cifar10', [name]), 3));
  return {
    pixels: Buffer.concat(parts.map(({ pixels }) => pixels)),
    labels: Buffer.concat(parts.map(({ labels }) => labels)),
    copies: false,
  };
}

/** Records of a label and `planes` planes of pixels: red, green, blue, or gray. */
function records(path: string, planes: 1 | 3): Pixels {
  const bytes = readUnpacked('image', path);
  const size = 1 + planes * PIXELS;
  const count = bytes.length / size;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(`image: ${path}: expected records of ${size} bytes, got ${bytes.length} bytes`);
  }
  const images = { pixels: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    const record = bytes.subarray(i * size, (i + 1) * size);
    if (record[0] > 9) {
      throw new RangeError(`image: ${path}: expected labels of 0 to 9, got ${record[0]} in record ${i}`);
    }
    images.labels[i] = record[0];
    const own = images.pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
    if (planes === 1) own.set(record.subarray(1));
    else toGray(record.subarray(1), own);
  }
  return images;
}

/** Luma of ITU-R BT.601 in fixed point, rounded as the official loader's image library does. */
export function toGray(rgb: Uint8Array, gray: Uint8Array): void {
  const n = gray.length;
  for (let i = 0; i < n; i++) {
    gray[i] = (rgb[i] * 19595 + rgb[n + i] * 38470 + rgb[2 * n + i] * 7471 + 0x8000) >> 16;
  }
}
