import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decode, encode } from 'fast-png';
import { dataFile, findDataFile } from '../../data/locate.js';
import { readText } from '../../files/text.js';
import { writeWhole } from '../../files/write-whole.js';
import type { PathfinderImage } from './generate.js';
import type { PathfinderSettings } from './settings.js';

/** Images of the official folder: `metadata/N.npy` (text, a line an image) and `imgs/N/sample_I.png`. */
export interface PathfinderFiles {
  paths: string[];
  labels: Uint8Array;
}

/** Images of one folder of the official sets. */
const FOLDER_SIZE = 1000;

/**
 * The official images' paths and labels in the official order: metadata files by number, lines as they come. Empty
 * image files, of which the release has one, are left out.
 * @param set  `pathfinder` or `pathx`
 */
export function listFiles(set: string): PathfinderFiles {
  const root = dirname(dirname(dataFile(set, set, ['metadata/0.npy'])));
  const paths: string[] = [];
  const labels: number[] = [];
  for (let n = 0; findDataFile(set, [`metadata/${n}.npy`]); n++) {
    const metadata = join(root, 'metadata', `${n}.npy`);
    readText(set, metadata)
      .split('\n')
      .forEach((line, i) => {
        if (line.trim() === '') return;
        const [folder, file, , label] = line.split(/\s+/);
        if (label !== '0' && label !== '1') {
          throw new RangeError(
            `${set}: ${metadata}, line ${i + 1}: expected folder, file, number, label 0 or 1, got "${line.slice(0, 60)}"`,
          );
        }
        const path = join(root, folder, file);
        if (statSync(path).size === 0) return;
        paths.push(path);
        labels.push(Number(label));
      });
  }
  return { paths, labels: Uint8Array.from(labels) };
}

/** The gray pixels of an official image. @throws RangeError  where it is not a gray image of that side */
export function readImage(path: string, side: number): Uint8Array {
  const bytes = readFileSync(path);
  // From where the format has them, because the decoder takes memory for any size that a damaged file asks for.
  const isPng = bytes.length >= 24 && bytes.readUInt32BE(0) === 0x89504e47;
  const [width, height] = isPng ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [side, side];
  if (width !== side || height !== side) {
    throw new RangeError(`pathfinder: ${path}: expected ${side} x ${side} pixels, got ${width} x ${height}`);
  }
  const { data, channels, depth } = decodeAt(path, bytes);
  if (channels !== 1 || depth !== 8) {
    throw new RangeError(
      `pathfinder: ${path}: expected gray pixels of 8 bits, got ${channels} channels of ${depth} bits`,
    );
  }
  return Uint8Array.from(data);
}

function decodeAt(path: string, bytes: Buffer): ReturnType<typeof decode> {
  try {
    return decode(bytes);
  } catch (error) {
    throw new RangeError(`pathfinder: ${path}: expected a PNG image (${(error as Error).message})`);
  }
}

/** Writes images as the official folder has them, 1,000 to a subfolder. */
export function writeImages(
  folder: string,
  images: Iterable<PathfinderImage>,
  { size, continuity, dashes, distractorDashes, dashLength, thickness }: PathfinderSettings,
): void {
  let lines: string[] = [];
  let index = 0;
  const flush = (): void => {
    const n = Math.floor((index - 1) / FOLDER_SIZE);
    if (lines.length > 0) writeWhole(join(folder, 'metadata', `${n}.npy`), lines);
    lines = [];
  };
  for (const { pixels, label, margin } of images) {
    const subfolder = `imgs/${Math.floor(index / FOLDER_SIZE)}`;
    const name = `sample_${index % FOLDER_SIZE}.png`;
    mkdirSync(join(folder, subfolder), { recursive: true });
    writeWhole(join(folder, subfolder, name), [
      encode({ data: pixels, width: size, height: size, channels: 1, depth: 8 }),
    ]);
    lines.push(
      `${[subfolder, name, index % FOLDER_SIZE, label, continuity, dashes, distractorDashes, dashLength, thickness, margin, 1].join(' ')}\n`,
    );
    index++;
    if (index % FOLDER_SIZE === 0) flush();
  }
  flush();
}
