import { addon } from './addon.js';

/**
 * Memory of large tensors: blocks of slabs, which are asked for once and stay. Fresh pages cost more than most kernels
 * that fill them, and each fresh array brings V8's next collection nearer. A block is free again when its tensor is
 * disposed, or collected without that. Slabs are seen by kernels alone: whoever reads a tensor gets a copy.
 */

/** Smaller arrays are left to V8. */
const LEAST_FLOATS = 1 << 14;
/** A slab has as many floats as all slabs before it together, within these: pages never touched cost nothing. */
const [LEAST_SLAB_FLOATS, MOST_SLAB_FLOATS] = [1 << 24, 1 << 28];
/** Blocks begin at lines of the cache. */
const LINE_FLOATS = 16;

interface Block {
  readonly buffer: ArrayBuffer;
  /** In bytes. */
  readonly start: number;
  /** In floats. */
  length: number;
  /** given: to a kernel; held: by a tensor. */
  state: 'free' | 'given' | 'held';
  /** Its neighbours in the slab. */
  before?: Block;
  after?: Block;
}

const slabs = new Set<ArrayBufferLike>();
let slabFloats = 0;
/** Shortest first. */
const free: Block[] = [];
const blocks = new WeakMap<object, Block>();
const forgotten = new FinalizationRegistry(makeFree);

/** An array for a kernel that writes every element: what is in it now is arbitrary. */
export function allocate(length: number): Float32Array {
  if (length < LEAST_FLOATS) return new Float32Array(length);
  const capacity = Math.ceil(length / LINE_FLOATS) * LINE_FLOATS;
  const block = takeFree(capacity) ?? newSlab(capacity);
  block.state = 'given';
  if (block.length > capacity) makeFree(splitOff(block, capacity));
  const values = new Float32Array(block.buffer, block.start, length);
  blocks.set(values, block);
  forgotten.register(values, block, values);
  return values;
}

/** What a new tensor of `values` is to keep: those, or a copy if they are a part of another tensor's memory. */
export function hold<T>(values: T): T {
  const block = blockOf(values);
  if (block?.state === 'given') block.state = 'held';
  else if (isInSlab(values)) return values.slice() as T;
  return values;
}

/** `values` for somebody who may keep them. */
export function forReader<T>(values: T): T {
  return isInSlab(values) ? (values.slice() as T) : values;
}

/** The last tensor of `values` is gone. */
export function release(values: unknown): void {
  const block = blockOf(values);
  if (block === undefined) return;
  blocks.delete(values as Float32Array);
  forgotten.unregister(values as Float32Array);
  makeFree(block);
}

/** Memory for the time of a call; what is in it at first is arbitrary. */
export function withScratch(length: number, work: (scratch: Float32Array) => void): void {
  const scratch = allocate(length);
  work(scratch);
  release(scratch);
}

function blockOf(values: unknown): Block | undefined {
  return values instanceof Float32Array ? blocks.get(values) : undefined;
}

function isInSlab(values: unknown): values is Float32Array {
  return ArrayBuffer.isView(values) && slabs.has(values.buffer);
}

/** The first place in `free` whose block is not shorter. */
function placeOf(length: number): number {
  let [low, high] = [0, free.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (free[middle].length < length) low = middle + 1;
    else high = middle;
  }
  return low;
}

function takeFree(length: number): Block | undefined {
  return free.splice(placeOf(length), 1)[0];
}

function newSlab(length: number): Block {
  const floats = Math.max(length, Math.min(Math.max(slabFloats, LEAST_SLAB_FLOATS), MOST_SLAB_FLOATS));
  const buffer = new ArrayBuffer(4 * (floats + LINE_FLOATS));
  slabs.add(buffer);
  slabFloats += floats;
  return { buffer, start: addon().prepareBuffer(buffer), length: floats, state: 'given' };
}

/** Cuts a block after `length` floats. @returns the rest */
function splitOff(block: Block, length: number): Block {
  const { buffer, start, after } = block;
  const rest: Block = {
    buffer,
    start: start + 4 * length,
    length: block.length - length,
    state: 'given',
    before: block,
    after,
  };
  if (after) after.before = rest;
  block.after = rest;
  block.length = length;
  return rest;
}

/** Puts a block among the free, as one with free neighbours. */
function makeFree(block: Block): void {
  if (block.after?.state === 'free') join(block, withdraw(block.after));
  let whole = block;
  if (block.before?.state === 'free') whole = join(withdraw(block.before), block);
  whole.state = 'free';
  free.splice(placeOf(whole.length), 0, whole);
}

function withdraw(block: Block): Block {
  free.splice(free.indexOf(block, placeOf(block.length)), 1);
  return block;
}

function join(block: Block, next: Block): Block {
  block.length += next.length;
  block.after = next.after;
  if (next.after) next.after.before = block;
  return block;
}
