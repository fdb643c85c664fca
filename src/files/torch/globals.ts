/** A class or function that a pickle names, e.g. `torch._utils._rebuild_tensor_v2`. */
export class Global {
  constructor(readonly name: string) {}
}

/** Where a tensor's numbers lie: the record `data/KEY` of the file. */
export class StorageRef {
  constructor(
    readonly key: string,
    /** `Float`, `Long`, … */
    readonly kind: string,
    /** Elements. */
    readonly size: number,
  ) {}
}

/** A tensor as a view of a storage, in elements. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** What a file may hold: tensors, plain values, lists and tuples, dicts. Nothing of it is code. */
export type Plain = null | boolean | number | bigint | string | TensorRef | Plain[] | Map<Plain, Plain>;

/** What lies on the unpickler's stack: plain values, and what they are built from. */
export type Item = Plain | Global | StorageRef;

/** What an item is called in messages. A container's text could be beyond all bounds: it may hold itself many times over. */
export function nameOf(item: Item): string {
  return typeof item === 'object' && item !== null ? 'something else' : String(item);
}

const STORAGE = /^torch\.(\w+)Storage$/;

/** Element types, and bytes each. */
export const storageKinds: Readonly<Record<string, number>> = {
  Double: 8,
  Float: 4,
  Half: 2,
  BFloat16: 2,
  Long: 8,
  Int: 4,
  Short: 2,
  Char: 1,
  Byte: 1,
  Bool: 1,
};

/** What may be called, and what comes of it; everything else a pickle could call is refused by its name. */
const callable: Readonly<Record<string, (args: Item[]) => Plain>> = {
  'collections.OrderedDict': (args) => orderedDict(args),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) =>
    tensorOf(storage, offset, shape, strides),
  // A parameter is a tensor that wants a gradient.
  'torch._utils._rebuild_parameter': ([tensor]) => {
    if (!(tensor instanceof TensorRef)) throw new RangeError('a parameter must be a tensor');
    return tensor;
  },
  'torch.Size': ([sizes]) => counts(sizes, 'a size'),
};

/** @throws RangeError  for a name that is not one of the few a state dict needs */
export function known(name: string): Global {
  const kind = STORAGE.exec(name)?.[1];
  if (Object.hasOwn(callable, name) || (kind !== undefined && Object.hasOwn(storageKinds, kind))) {
    return new Global(name);
  }
  throw new RangeError(
    `refuses ${JSON.stringify(name)} (only tensors and plain containers are read; save model.state_dict() instead)`,
  );
}

export function call(what: Item, args: Item): Plain {
  if (!(what instanceof Global) || !Object.hasOwn(callable, what.name)) {
    throw new RangeError(`refuses to call ${what instanceof Global ? what.name : 'what is no function'}`);
  }
  if (!Array.isArray(args)) throw new RangeError(`the arguments of ${what.name} must be a tuple`);
  return callable[what.name](args);
}

/** A storage by its persistent id: ('storage', type, key, device, elements). */
export function storageOf(id: Item): StorageRef {
  const [tag, type, key, , size] = (Array.isArray(id) ? id : []) as Item[];
  const kind = type instanceof Global ? STORAGE.exec(type.name)?.[1] : undefined;
  if (tag !== 'storage' || kind === undefined || typeof key !== 'string') {
    throw new RangeError('a persistent id must name a storage');
  }
  return new StorageRef(key, kind, count(size, 'the size of a storage'));
}

function orderedDict([pairs, ...more]: Item[]): Map<Plain, Plain> {
  if (pairs === undefined) return new Map();
  const good = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!good || more.length > 0) throw new RangeError('an OrderedDict must be made of a list of pairs');
  return new Map(pairs as [Plain, Plain][]);
}

function tensorOf(storage: Item, offset: Item, shape: Item, strides: Item): TensorRef {
  if (!(storage instanceof StorageRef)) throw new RangeError('a tensor must have a storage');
  const sizes = counts(shape, 'the shape of a tensor');
  const steps = counts(strides, 'the strides of a tensor');
  if (sizes.length !== steps.length) {
    throw new RangeError(`a tensor has ${sizes.length} dimensions and ${steps.length} strides`);
  }
  return new TensorRef(storage, count(offset, 'the offset of a tensor'), sizes, steps);
}

function counts(value: Item, what: string): number[] {
  if (!Array.isArray(value)) throw new RangeError(`${what} must be a tuple`);
  return value.map((one) => count(one, what));
}

function count(value: Item, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} must be whole numbers of at least 0, got ${nameOf(value)}`);
  }
  return value;
}
