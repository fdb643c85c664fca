import type { SafetensorsDtype, SafetensorsEntry } from '../safetensors.js';
import { sizeOf } from '../safetensors-header.js';
import { writeWhole } from '../write-whole.js';
import { storedZip } from '../zip-writer.js';

/** torch's name of each element type it has a storage for. */
const kinds: Partial<Record<SafetensorsDtype, string>> = {
  F64: 'Double',
  F32: 'Float',
  I64: 'Long',
  I32: 'Int',
  I16: 'Short',
  I8: 'Char',
  U8: 'Byte',
  BOOL: 'Bool',
};

/** Where torch wants the numbers of a tensor to begin. */
const ALIGNMENT = 64;

/**
 * Writes tensors as a state dict that `torch.load(path, weights_only=True)` reads. The file is written whole or not at all.
 * @throws TypeError   for an element type that torch has no storage for; RangeError for 4 GiB and more, or a shape that
 *   does not fit its data
 */
export function writeTorch(path: string, state: ReadonlyMap<string, SafetensorsEntry>): void {
  const where = `saveTorch: ${path}`;
  const entries = [...state];
  const pickle = Buffer.concat([
    Buffer.from('\x80\x02', 'latin1'),
    orderedDict(),
    Buffer.from('('),
    ...entries.flatMap(([name, entry], i) => [text(name), tensor(`${where}, tensor "${name}"`, entry, i)]),
    Buffer.from('u.'),
  ]);
  const root = 'archive';
  const records = [
    { path: `${root}/data.pkl`, data: pickle },
    { path: `${root}/byteorder`, data: Buffer.from('little') },
    ...entries.map(([, { data }], i) => ({
      path: `${root}/data/${i}`,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
    { path: `${root}/version`, data: Buffer.from('3\n') },
  ];
  writeWhole(path, storedZip(records, ALIGNMENT));
}

/** `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())` */
function tensor(where: string, { dtype, shape, data }: SafetensorsEntry, key: number): Buffer {
  const kind = kinds[dtype];
  if (!kind) throw new TypeError(`${where}: torch has no storage of ${dtype}`);
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`${where}: shape [${shape}] needs ${sizeOf(shape)} elements, got ${data.length}`);
  }
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  return Buffer.concat([
    global('torch._utils', '_rebuild_tensor_v2'),
    Buffer.from('(('),
    text('storage'),
    global('torch', `${kind}Storage`),
    text(String(key)),
    text('cpu'),
    whole(data.length),
    Buffer.from('tQ'),
    whole(0),
    tuple(shape),
    tuple(strides),
    Buffer.from('\x89', 'latin1'),
    orderedDict(),
    Buffer.from('tR'),
  ]);
}

function orderedDict(): Buffer {
  return Buffer.concat([global('collections', 'OrderedDict'), Buffer.from(')R')]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`);
}

function tuple(values: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('('), ...values.map(whole), Buffer.from('t')]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.write('X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** A whole number of at least 0, as an 8-byte LONG1. */
function whole(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(0x8a, 0);
  bytes.writeUInt8(8, 1);
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
}
