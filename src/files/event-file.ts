import { PbfWriter } from 'pbf';

/** One event of a TensorBoard event file. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  wallTime: number;
  step: number;
  /** By tag, such as `loss/train`. */
  scalars: Readonly<Record<string, number>>;
}

/** What every event file begins with. */
const VERSION = 'brain.Event:2';

/** SessionLog.START: what other files hold of this step and later ones is void. */
const START = 1;

/**
 * The first two events of a file: its version, and the step it begins at. Field numbers are those of TensorFlow's
 * event.proto and summary.proto.
 */
export function fileStart(wallTime: number, step: number): Uint8Array {
  const version = message(wallTime, (event) => event.writeStringField(3, VERSION));
  const start = message(wallTime, (event) => {
    event.writeVarintField(2, step);
    event.writeMessage(7, (_, log) => log.writeVarintField(1, START), undefined);
  });
  return Buffer.concat([version, start]);
}

/** An event as the file holds it. */
export function scalarRecord({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  return message(wallTime, (event) => {
    event.writeVarintField(2, step);
    event.writeMessage(5, writeSummary, Object.entries(scalars));
  });
}

function writeSummary(scalars: readonly [string, number][], summary: PbfWriter): void {
  for (const entry of scalars) {
    summary.writeMessage(
      1,
      ([tag, number], value) => {
        value.writeStringField(1, tag);
        value.writeFloatField(2, number);
      },
      entry,
    );
  }
}

function message(wallTime: number, write: (event: PbfWriter) => void): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, wallTime);
  write(event);
  return framed(event.finish());
}

/** TFRecord: length (64 bits), its checksum, data, their checksum; little-endian. */
function framed(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return record;
}

/** CRC-32C by bytes (polynomial of Castagnoli, reflected): Node has the one of zip only. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

/** TFRecord turns a checksum, and adds a constant, so that data may hold checksums themselves. */
function maskedCrc(data: Uint8Array): number {
  let crc = ~0;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
