import { crc32 } from 'node:zlib';

export interface ZipRecord {
  path: string;
  data: Uint8Array;
}

/** Sizes and positions in a zip without the 64-bit extension are below this. */
const LARGEST = 0xffffffff;
/** 1 January 1980, the format's first day, so that the same records give the same bytes. */
const DATE = 0x21;
const UTF8 = 0x800;

/**
 * The pieces of a zip archive whose files are stored as they are, each one's data at a multiple of `alignment` bytes.
 * @throws RangeError  for an archive of 4 GiB and more
 * Format: PKWARE APPNOTE.TXT, 4.3.
 */
export function storedZip(records: readonly ZipRecord[], alignment: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  const add = (piece: Uint8Array): void => {
    pieces.push(piece);
    position += piece.length;
  };
  for (const { path, data } of records) {
    const name = Buffer.from(path);
    const header = position;
    // An extra field of at least its own head, grown until the data lies right.
    const unaligned = position + 30 + name.length + 4;
    const extra = Buffer.alloc(4 + ((alignment - (unaligned % alignment)) % alignment));
    extra.write('FB');
    extra.writeUInt16LE(extra.length - 4, 2);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt16LE(DATE, 0);
    sizes.writeUInt32LE(crc32(data), 2);
    checkSize(data.length);
    sizes.writeUInt32LE(data.length, 6);
    sizes.writeUInt32LE(data.length, 10);
    sizes.writeUInt16LE(name.length, 14);
    // Version 2.0, names in UTF-8, stored, midnight.
    const head = numbers(20, UTF8, 0, 0);
    add(Buffer.concat([Buffer.from('PK\x03\x04'), head, sizes, numbers(extra.length), name, extra]));
    add(data);
    checkSize(position);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        numbers(20),
        head,
        sizes,
        // No extra field, comment, disk number nor attributes here.
        numbers(0, 0, 0, 0, 0, 0),
        long(header),
        name,
      ]),
    );
  }
  const start = position;
  for (const entry of directory) add(entry);
  checkSize(position);
  const count = records.length;
  add(
    Buffer.concat([
      Buffer.from('PK\x05\x06'),
      numbers(0, 0, count, count),
      long(position - start),
      long(start),
      numbers(0),
    ]),
  );
  return pieces;
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt16LE(value, 2 * i);
  });
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function checkSize(size: number): void {
  if (size > LARGEST)
    throw new RangeError(`storedZip: an archive must be smaller than 4 GiB, got ${size} bytes`);
}
