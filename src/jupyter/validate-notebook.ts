/** What is wrong with a notebook file, and where. */
export interface Problem {
  path: string;
  expected: string;
  got: string;
}

type Check = (value: unknown, path: string) => Problem | undefined;

const ID = /^[a-zA-Z0-9_-]{1,64}$/;

/** Checks a parsed notebook file against the rules of nbformat 4.0 to 4.5; returns the first problem. */
export function validateNotebook(value: unknown): Problem | undefined {
  const problem = object({
    nbformat: isVersion,
    nbformat_minor: isWhole,
    metadata: isObject,
    cells: list(isCell),
  })(value, 'notebook');
  if (problem) return problem;
  const { cells, nbformat_minor } = value as { cells: { id?: unknown }[]; nbformat_minor: number };
  const seen = new Set<unknown>();
  for (const [index, { id }] of cells.entries()) {
    const path = `cells[${index}].id`;
    if (id === undefined && nbformat_minor < 5) continue;
    if (typeof id !== 'string' || !ID.test(id)) return wrong(path, '1 to 64 letters, digits, - or _', id);
    if (seen.has(id)) return { path, expected: 'unique', got: `"${id}" a second time` };
    seen.add(id);
  }
  return undefined;
}

const isVersion: Check = (value, path) => (value === 4 ? undefined : wrong(path, '4', value));
const isWhole: Check = (value, path) =>
  Number.isInteger(value) && (value as number) >= 0 ? undefined : wrong(path, 'a whole number', value);
const isCount: Check = (value, path) => (value === null ? undefined : isWhole(value, path));
const isText: Check = (value, path) =>
  typeof value === 'string' || (Array.isArray(value) && value.every((line) => typeof line === 'string'))
    ? undefined
    : wrong(path, 'text or a list of lines', value);
const isString: Check = (value, path) => (typeof value === 'string' ? undefined : wrong(path, 'text', value));
const isObject: Check = (value, path) => {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain ? undefined : wrong(path, 'an object', value);
};

const isBundle: Check = (value, path) => {
  const problem = isObject(value, path);
  if (problem) return problem;
  for (const [type, content] of Object.entries(value as object)) {
    if (type === 'application/json' || type.endsWith('+json')) continue;
    const inner = isText(content, `${path}["${type}"]`);
    if (inner) return inner;
  }
  return undefined;
};

const OUTPUTS: Record<string, Check> = {
  stream: object({ name: oneOf(['stdout', 'stderr']), text: isText }, true),
  display_data: object({ data: isBundle, metadata: isObject }, true),
  execute_result: object({ data: isBundle, metadata: isObject, execution_count: isCount }, true),
  error: object({ ename: isString, evalue: isString, traceback: list(isString) }, true),
};

const isOutput: Check = (value, path) => byKind(value, path, 'output_type', OUTPUTS);

const CELLS: Record<string, Check> = {
  code: object({ metadata: isObject, source: isText, outputs: list(isOutput), execution_count: isCount }),
  markdown: object({ metadata: isObject, source: isText }),
  raw: object({ metadata: isObject, source: isText }),
};

function isCell(value: unknown, path: string): Problem | undefined {
  return byKind(value, path, 'cell_type', CELLS);
}

function byKind(
  value: unknown,
  path: string,
  key: string,
  kinds: Record<string, Check>,
): Problem | undefined {
  const problem = isObject(value, path);
  if (problem) return problem;
  const kind = (value as Record<string, unknown>)[key];
  return oneOf(Object.keys(kinds))(kind, `${path}.${key}`) ?? kinds[String(kind)](value, path);
}

/** @param closed  whether keys other than these (and the one that names the kind) are refused */
function object(keys: Record<string, Check>, closed = false): Check {
  return (value, path) => {
    const problem = isObject(value, path);
    if (problem) return problem;
    const given = value as Record<string, unknown>;
    const prefix = path === 'notebook' ? '' : `${path}.`;
    for (const [key, check] of Object.entries(keys)) {
      const inner = check(given[key], `${prefix}${key}`);
      if (inner) return inner;
    }
    const extra = closed && Object.keys(given).find((key) => !(key in keys) && key !== 'output_type');
    return extra ? { path: `${prefix}${extra}`, expected: 'absent', got: describe(given[extra]) } : undefined;
  };
}

function list(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return wrong(path, 'a list', value);
    for (const [index, item] of value.entries()) {
      const problem = check(item, `${path}[${index}]`);
      if (problem) return problem;
    }
    return undefined;
  };
}

function oneOf(known: string[]): Check {
  return (value, path) =>
    known.includes(value as string) ? undefined : wrong(path, `one of ${known.join(', ')}`, value);
}

function wrong(path: string, expected: string, value: unknown): Problem {
  return { path, expected, got: describe(value) };
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
