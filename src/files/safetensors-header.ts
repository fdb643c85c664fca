/** One tensor as the header describes it; `begin` and `end` count bytes from the start of the data. */
export interface HeaderEntry {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

export interface Header {
  metadata: Record<string, string>;
  entries: HeaderEntry[];
  /** Position of the first data byte in the file. */
  dataStart: number;
}

/** The format's own limit; a larger length is a damaged file, not a request for memory. */
const longestHeader = 100_000_000;

/**
 * Parses and checks the header of a safetensors file.
 * @param where            function and file, for the messages
 * @param bytesPerElement  size of a dtype's element; throws for an unknown one, naming `where`
 */
export function parseHeader(
  bytes: Uint8Array,
  where: string,
  bytesPerElement: (where: string, dtype: string) => number,
): Header {
  if (bytes.length < 8) {
    throw new RangeError(
      `${where}: a safetensors file has at least 8 bytes, got ${bytes.length} (truncated?)`,
    );
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader || length > bytes.length - 8) {
    throw new RangeError(
      `${where}: the header says it has ${length} bytes, the file holds ${bytes.length - 8} after the length ` +
        '(truncated, or not a safetensors file)',
    );
  }
  const dataStart = 8 + length;
  const json = parseJson(bytes.subarray(8, dataStart), where);
  const metadata = parseMetadata(json.__metadata__, where);
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, `${where}, tensor "${name}"`, bytesPerElement));
  checkOffsets(entries, bytes.length - dataStart, where);
  return { metadata, entries, dataStart };
}

function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  let json: unknown;
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`${where}: the header is not valid JSON (${(error as Error).message})`);
  }
  if (!isObject(json) || !text.startsWith('{')) {
    throw new RangeError(`${where}: the header must be a JSON object`);
  }
  refuseDuplicateKeys(text, where);
  return json;
}

/** JSON.parse keeps the last of two equal keys without a word. `text` is known to be valid JSON here. */
function refuseDuplicateKeys(text: string, where: string): void {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const key: string = JSON.parse(token.slice(0, -1));
      const keys = open[open.length - 1];
      if (keys.has(key)) throw new RangeError(`${where}: the name "${key}" stands twice in the header`);
      keys.add(key);
    }
  }
}

function parseMetadata(value: unknown, where: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) throw new RangeError(`${where}: __metadata__ must be an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw new RangeError(`${where}: metadata "${key}" must be a string, got ${JSON.stringify(text)}`);
    }
  }
  return value as Record<string, string>;
}

function parseEntry(
  name: string,
  value: unknown,
  where: string,
  bytesPerElement: (where: string, dtype: string) => number,
): HeaderEntry {
  if (!isObject(value)) throw new RangeError(`${where}: expected an object, got ${JSON.stringify(value)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw new RangeError(`${where}: dtype must be a string`);
  const width = bytesPerElement(where, dtype);
  if (!isCounts(shape)) {
    throw new RangeError(`${where}: shape must be a list of whole numbers, got ${JSON.stringify(shape)}`);
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new RangeError(`${where}: data_offsets must be [begin, end], got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets;
  if (end - begin !== sizeOf(shape) * width) {
    throw new RangeError(
      `${where}: ${dtype} [${shape}] needs ${sizeOf(shape) * width} bytes, data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors must cover the data exactly: no gap, no overlap, nothing after the last. */
function checkOffsets(entries: readonly HeaderEntry[], held: number, where: string): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const what = begin < position ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new RangeError(
        `${where}, tensor "${name}": must begin at byte ${position}, got ${begin} (${what})`,
      );
    }
    if (end > held) {
      throw new RangeError(
        `${where}, tensor "${name}": ends at byte ${end}, the file holds ${held} bytes of data (truncated)`,
      );
    }
    position = end;
  }
  if (position !== held) {
    throw new RangeError(
      `${where}: the tensors end at byte ${position}, the file holds ${held} bytes of data`,
    );
  }
}

/** Number of elements of a shape; 1 for the shape [] of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
