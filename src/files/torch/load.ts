import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { withDefaults } from '../../options.js';
import type { SafetensorsEntry } from '../safetensors.js';
import { zipEntries } from '../zip.js';
import { nameOf, type Plain, TensorRef } from './globals.js';
import { isLegacy, legacyRecords } from './legacy.js';
import { tensorReader } from './storage.js';
import { unpickle } from './unpickle.js';

export interface LoadTorchOptions {
  /** Name of the state dict inside the file, where the file holds a dict of several things. */
  key?: string;
}

/** Where files of whole training runs keep the model's state dict. */
const USUAL_KEYS = ['state_dict', 'model_state_dict'];

/**
 * Reads the state dict in a file of `torch.save(model.state_dict(), path)`, of any PyTorch since 0.1.10. The file is read as data only: nothing in it
 * is run, and whatever is not a tensor, a plain value or a container is refused by its name.
 * Half and bfloat16 become float32; a tensor that is a view of a larger storage becomes an array of its own numbers.
 * @param file  path, or the file's bytes
 * @param name  stands for the file in messages
 * @returns     tensors by name, as `loadOfficialState` and `saveTorch` take them
 * @throws RangeError  `loadTorch: FILE: …` for a file that is damaged, of another format, or holds more than data
 * @example loadOfficialState(model, await loadTorch('model.pt'));
 */
export async function loadTorch(
  file: string | Uint8Array,
  options: LoadTorchOptions = {},
  name: string = typeof file === 'string' ? file : 'the file',
): Promise<Map<string, SafetensorsEntry>> {
  const { key } = withDefaults<LoadTorchOptions>('loadTorch', options, { key: undefined });
  try {
    const records = await recordsOf(file, name);
    const pickle = records.get('data.pkl');
    if (!pickle)
      throw new RangeError('there is no record data.pkl (not a file of torch.save, or TorchScript)');
    if (Buffer.from(records.get('byteorder') ?? 'little').toString() !== 'little') {
      throw new RangeError('its numbers are big-endian (save it on a little-endian machine)');
    }
    const read = tensorReader(records);
    const state = stateDict(unpickle(pickle), key);
    return new Map(
      [...state].map(([parameter, tensor]) => {
        try {
          return [parameter, read(tensor)];
        } catch (error) {
          throw new RangeError(`tensor "${parameter}": ${(error as Error).message}`);
        }
      }),
    );
  } catch (error) {
    throw new RangeError(`loadTorch: ${name}: ${(error as Error).message}`);
  }
}

function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar';
}

/** Every record by its name below the archive's one folder. */
async function recordsOf(file: string | Uint8Array, name: string): Promise<Map<string, Uint8Array>> {
  const bytes = typeof file === 'string' ? readFileSync(file) : file;
  if (isLegacy(bytes)) return legacyRecords(bytes);
  if (isTar(bytes)) {
    throw new RangeError(
      'it is a tar archive of PyTorch before 0.1.10 (convert it: torch.save(torch.load(path), path), with a PyTorch that reads it)',
    );
  }
  const records = new Map<string, Uint8Array>();
  for await (const entry of zipEntries(bytes, name)) {
    const path = entry.path.slice(entry.path.indexOf('/') + 1);
    if (records.has(path)) throw new RangeError(`the record ${path} is there twice`);
    records.set(path, await buffer(await entry.open()));
  }
  return records;
}

function stateDict(value: Plain, key: string | undefined): Map<string, TensorRef> {
  if (!(value instanceof Map)) throw new RangeError('it holds no state dict (save model.state_dict())');
  const names = [...value.keys()].map(nameOf);
  const inner = key ?? USUAL_KEYS.find((usual) => value.get(usual) instanceof Map);
  if (inner !== undefined) {
    const found = value.get(inner);
    if (!(found instanceof Map)) {
      throw new RangeError(
        `it holds no state dict named "${inner}" (it holds ${names.join(', ') || 'nothing'})`,
      );
    }
    return tensorsOf(found);
  }
  return tensorsOf(value);
}

function tensorsOf(dict: Map<Plain, Plain>): Map<string, TensorRef> {
  for (const [name, value] of dict) {
    if (typeof name !== 'string' || !(value instanceof TensorRef)) {
      const keys = [...dict.keys()].slice(0, 10).map(nameOf).join(', ');
      throw new RangeError(
        `"${nameOf(name)}" is no tensor, so this is no state dict (pass the key of the one among ${keys})`,
      );
    }
  }
  return dict as Map<string, TensorRef>;
}
