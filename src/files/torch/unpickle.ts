import { call, Global, type Item, known, nameOf, type Plain, StorageRef, storageOf } from './globals.js';

/** Marks where the arguments of an instruction begin on the stack. */
const MARK = Symbol('mark');

/** Every instruction reads its own bytes, so a pickle takes time and memory by its length alone. */
interface Machine {
  bytes: Buffer;
  at: number;
  stack: (Item | typeof MARK)[];
  memo: Map<number, Item>;
  storages: StorageRef[];
}

/**
 * Reads a pickle without running it: numbers, text, lists, tuples, dicts and torch's tensors; whatever else it names is
 * refused, so that a file can do nothing but hold data.
 * @throws RangeError  saying what was found at which byte
 * Format: Python's pickletools; torch writes protocol 2.
 */
export function unpickle(bytes: Uint8Array): Plain {
  return unpickleAt(bytes, 0).value;
}

/** The pickle that begins at a byte, where it ends, and the storages that it names. */
export function unpickleAt(
  bytes: Uint8Array,
  start: number,
): { value: Plain; end: number; storages: readonly StorageRef[] } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { bytes: buffer, at: start, stack: [], memo: new Map(), storages: [] };
  for (;;) {
    const at = machine.at;
    try {
      const code = take(machine, 1)[0];
      if (code === STOP) return { value: plain(pop(machine)), end: machine.at, storages: machine.storages };
      const instruction = instructions.get(code);
      if (!instruction) throw new RangeError(`unknown instruction 0x${code.toString(16)}`);
      instruction(machine);
    } catch (error) {
      throw new RangeError(`byte ${at} of the pickle: ${(error as Error).message}`);
    }
  }
}

const STOP = '.'.charCodeAt(0);

const instructions = new Map<number, (m: Machine) => void>(
  Object.entries({
    '\x80': (m) => {
      const [protocol] = take(m, 1);
      if (protocol > 5) throw new RangeError(`protocol ${protocol} is newer than 5`);
    },
    '\x95': (m) => void take(m, 8),
    '(': (m) => void m.stack.push(MARK),
    '0': (m) => void pop(m),
    c: (m) => void m.stack.push(known(`${line(m)}.${line(m)}`)),
    '\x93': (m) => {
      const [name, module] = [pop(m), pop(m)];
      m.stack.push(known(`${nameOf(module)}.${nameOf(name)}`));
    },
    q: (m) => void m.memo.set(take(m, 1)[0], top(m)),
    r: (m) => void m.memo.set(take(m, 4).readUInt32LE(), top(m)),
    '\x94': (m) => void m.memo.set(m.memo.size, top(m)),
    h: (m) => void m.stack.push(remembered(m, take(m, 1)[0])),
    j: (m) => void m.stack.push(remembered(m, take(m, 4).readUInt32LE())),
    N: (m) => void m.stack.push(null),
    '\x88': (m) => void m.stack.push(true),
    '\x89': (m) => void m.stack.push(false),
    K: (m) => void m.stack.push(take(m, 1)[0]),
    M: (m) => void m.stack.push(take(m, 2).readUInt16LE()),
    J: (m) => void m.stack.push(take(m, 4).readInt32LE()),
    '\x8a': (m) => void m.stack.push(long(take(m, take(m, 1)[0]))),
    G: (m) => void m.stack.push(take(m, 8).readDoubleBE()),
    X: (m) => void m.stack.push(text(m, take(m, 4).readUInt32LE())),
    '\x8c': (m) => void m.stack.push(text(m, take(m, 1)[0])),
    '}': (m) => void m.stack.push(new Map()),
    ']': (m) => void m.stack.push([]),
    ')': (m) => void m.stack.push([]),
    t: (m) => void m.stack.push(marked(m) as Plain[]),
    '\x85': (m) => void m.stack.push(last(m, 1)),
    '\x86': (m) => void m.stack.push(last(m, 2)),
    '\x87': (m) => void m.stack.push(last(m, 3)),
    a: (m) => {
      const value = plain(pop(m));
      listAt(m).push(value);
    },
    e: (m) => {
      const values = marked(m).map(plain);
      const list = listAt(m);
      for (const value of values) list.push(value);
    },
    s: (m) => {
      const [value, key] = [plain(pop(m)), plain(pop(m))];
      dictAt(m).set(key, value);
    },
    u: (m) => {
      const items = marked(m).map(plain);
      const dict = dictAt(m);
      if (items.length % 2 !== 0) throw new RangeError('a dict needs a value for each key');
      for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
    },
    R: (m) => {
      const args = pop(m);
      m.stack.push(call(pop(m), args));
    },
    // Attributes of a dict, such as a state dict's _metadata: nothing that a reader of tensors needs.
    b: (m) => {
      pop(m);
      dictAt(m);
    },
    Q: (m) => {
      const storage = storageOf(pop(m));
      m.storages.push(storage);
      m.stack.push(storage);
    },
  } satisfies Record<string, (m: Machine) => void>).map(([code, run]) => [code.charCodeAt(0), run]),
);

function take(m: Machine, count: number): Buffer {
  const end = m.at + count;
  if (end > m.bytes.length) throw new RangeError(`${count} bytes expected, the pickle ends (truncated)`);
  const taken = m.bytes.subarray(m.at, end);
  m.at = end;
  return taken;
}

function line(m: Machine): string {
  const end = m.bytes.indexOf(10, m.at);
  if (end < 0) throw new RangeError('a name without end');
  const taken = take(m, end - m.at).toString('utf8');
  m.at++;
  return taken;
}

function text(m: Machine, length: number): string {
  return take(m, length).toString('utf8');
}

/** A little-endian number in two's complement; a bigint where a number would round it. */
function long(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 128) value -= 1n << BigInt(8 * bytes.length);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function pop(m: Machine): Item {
  const item = top(m);
  m.stack.pop();
  return item;
}

function top({ stack }: Machine): Item {
  const item = stack.at(-1);
  if (item === undefined || item === MARK) throw new RangeError('an instruction without its argument');
  return item as Item;
}

function last(m: Machine, count: number): Plain[] {
  const items = Array.from({ length: count }, () => pop(m));
  // Tuples also carry storages and names to the calls they are the arguments of.
  return items.reverse() as Plain[];
}

/** Takes everything after the last mark. */
function marked(m: Machine): Item[] {
  const from = m.stack.lastIndexOf(MARK);
  if (from < 0) throw new RangeError('an instruction without its mark');
  return m.stack.splice(from).slice(1) as Item[];
}

function remembered({ memo }: Machine, key: number): Item {
  const item = memo.get(key);
  if (item === undefined) throw new RangeError(`nothing was remembered as ${key}`);
  return item;
}

function listAt(m: Machine): Plain[] {
  const list = top(m);
  if (!Array.isArray(list)) throw new RangeError('something is added to what is no list');
  return list;
}

function dictAt(m: Machine): Map<Plain, Plain> {
  const dict = top(m);
  if (!(dict instanceof Map)) throw new RangeError('something is set in what is no dict');
  return dict;
}

function plain(item: Item): Plain {
  if (item instanceof Global || item instanceof StorageRef) {
    throw new RangeError('a name or storage stands where a value belongs');
  }
  return item;
}
