import { storageKinds } from './globals.js';
import { unpickleAt } from './unpickle.js';

/** What the format of `torch.save` before 1.6 begins with, as a pickle of its own. */
const MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
const PROTOCOL = 1001;

/** Whether a file is of that format. */
export function isLegacy(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/**
 * The records of a file of `torch.save` before PyTorch 1.6 (or with `_use_new_zipfile_serialization=False`), by the names
 * that the zip format gives them: pickles of a number, a protocol, the machine, the object and the storages' keys, and then
 * each storage as its count and its elements.
 * @throws RangeError  for a file that is damaged, or of another machine's byte order
 */
export function legacyRecords(bytes: Uint8Array): Map<string, Uint8Array> {
  const protocol = unpickleAt(bytes, MAGIC.length);
  if (protocol.value !== PROTOCOL)
    throw new RangeError(`its protocol is ${protocol.value}, expected ${PROTOCOL}`);
  const machine = unpickleAt(bytes, protocol.end);
  if (machine.value instanceof Map && machine.value.get('little_endian') === false) {
    throw new RangeError('its numbers are big-endian (save it on a little-endian machine)');
  }
  const object = unpickleAt(bytes, machine.end);
  const records = new Map([['data.pkl', bytes.subarray(machine.end, object.end)]]);
  const kinds = new Map(object.storages.map(({ key, kind }) => [key, kind]));
  const keys = unpickleAt(bytes, object.end);
  if (!Array.isArray(keys.value)) throw new RangeError('it does not list its storages');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value) {
    const kind = typeof key === 'string' ? kinds.get(key) : undefined;
    if (kind === undefined) throw new RangeError(`no tensor lies in its storage "${String(key)}"`);
    if (at + 8 > bytes.length) throw new RangeError('the file ends inside its storages (truncated)');
    const end = at + 8 + Number(view.getBigInt64(at, true)) * storageKinds[kind];
    if (!(end >= at + 8 && end <= bytes.length))
      throw new RangeError('the file ends inside its storages (truncated)');
    records.set(`data/${key}`, bytes.subarray(at + 8, end));
    at = end;
  }
  if (at !== bytes.length) throw new RangeError(`${bytes.length - at} bytes follow its last storage`);
  return records;
}
