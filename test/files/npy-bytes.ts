/** A .npy file with this content. */
export function npyOf(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  { fortran = false, version = 1 }: { fortran?: boolean; version?: number } = {},
): Buffer {
  const type = descr.startsWith('[') ? descr : `'${descr}'`;
  const order = fortran ? 'True' : 'False';
  const text = `{'descr': ${type}, 'fortran_order': ${order}, 'shape': (${shape.map((n) => `${n},`).join(' ')}), }`;
  const head = version === 1 ? 10 : 12;
  const length = Math.ceil((head + text.length + 1) / 64) * 64 - head;
  const start = Buffer.alloc(head);
  start.write('\x93NUMPY', 0, 'latin1');
  start[6] = version;
  if (version === 1) start.writeUInt16LE(length, 8);
  else start.writeUInt32LE(length, 8);
  return Buffer.concat([start, Buffer.from(`${text.padEnd(length - 1)}\n`), data]);
}
