import { addon } from './addon.js';

/**
 * Memory of large tensors, used again instead of given back: fresh pages cost more than most kernels that fill them.
 * A piece returns here when its tensor is disposed, unless anybody else may still look at it.
 */

/** Smaller arrays are left to V8. */
const LEAST_FLOATS = 1 << 14;
/** Free bytes that are kept at most, or as many as were ever in use at once. */
const LEAST_KEPT = 256 << 20;

interface Piece {
  /** All of it, its start aligned to a vector. */
  whole: Float32Array;
  /** As it was last given out. */
  view: Float32Array;
  /** given: to a kernel; held: by one tensor; lost: others may see it, so it is left to the garbage collector. */
  state: 'free' | 'given' | 'held' | 'lost';
}

const pieces = new WeakMap<ArrayBufferLike, Piece>();
const free = new Map<number, Piece[]>();
let [usedBytes, mostUsedBytes, freeBytes] = [0, 0, 0];

/** An array for a kernel that writes every element: what is in it now is arbitrary. */
export function allocate(length: number): Float32Array {
  if (length < LEAST_FLOATS) return new Float32Array(length);
  const capacity = capacityFor(length);
  const piece = free.get(capacity)?.pop() ?? fresh(capacity);
  if (piece.state === 'free') freeBytes -= piece.whole.byteLength;
  piece.view = piece.whole.subarray(0, length);
  piece.state = 'given';
  return piece.view;
}

/** A tensor was made of `values`. */
export function hold(values: unknown): void {
  const piece = pieceOf(values);
  if (!piece) return;
  if (piece.state === 'given' && piece.view === values) {
    piece.state = 'held';
    usedBytes += piece.whole.byteLength;
    mostUsedBytes = Math.max(mostUsedBytes, usedBytes);
  } else {
    lose(values); // a second tensor on the same memory: a slice, for example
  }
}

/** Somebody was given `values` and may keep them. */
export function lose(values: unknown): void {
  const piece = pieceOf(values);
  if (!piece) return;
  if (piece.state === 'held') usedBytes -= piece.whole.byteLength;
  piece.state = 'lost';
}

/** The last tensor of `values` is gone. */
export function release(values: unknown): void {
  const piece = pieceOf(values);
  if (piece?.state !== 'held' || piece.view !== values) return;
  const bytes = piece.whole.byteLength;
  usedBytes -= bytes;
  piece.state = 'free';
  freeBytes += bytes;
  const { length } = piece.whole;
  const same = free.get(length) ?? [];
  same.push(piece);
  // The sizes used last stand last: those of a model that is gone must not keep the present one's out.
  free.delete(length);
  free.set(length, same);
  giveUp(Math.max(LEAST_KEPT, mostUsedBytes));
}

/** Memory for the time of a call; what is in it at first is arbitrary. */
export function withScratch(length: number, work: (scratch: Float32Array) => void): void {
  const scratch = allocate(length);
  hold(scratch);
  work(scratch);
  release(scratch);
}

/** Leaves free pieces to the garbage collector, of the sizes that were used longest ago first, until `most` bytes are kept. */
function giveUp(most: number): void {
  for (const [length, kept] of free) {
    while (freeBytes > most && kept.length > 0) {
      const piece = kept.pop() as Piece;
      piece.state = 'lost';
      freeBytes -= piece.whole.byteLength;
    }
    if (freeBytes <= most) return;
    free.delete(length);
  }
}

function pieceOf(values: unknown): Piece | undefined {
  return values instanceof Float32Array ? pieces.get(values.buffer) : undefined;
}

/** Rounded up by an eighth at most, so that nearly equal sizes share their pieces. */
function capacityFor(length: number): number {
  const step = 2 ** Math.floor(Math.log2(length) - 3);
  return Math.ceil(length / step) * step;
}

function fresh(capacity: number): Piece {
  const buffer = new ArrayBuffer(capacity * 4 + 64);
  const whole = new Float32Array(buffer, addon().prepareBuffer(buffer), capacity);
  const piece: Piece = { whole, view: whole, state: 'given' };
  pieces.set(buffer, piece);
  return piece;
}
