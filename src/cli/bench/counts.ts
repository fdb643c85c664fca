import type { Pass } from './cases.js';

/**
 * What a kernel needs at least: float operations (a multiply-add is two) and bytes of the arrays that it must read and
 * write once, nothing that a cache keeps. `tiles` are operations of the tile unit on parts of 8 bits.
 */
export interface Counts {
  flops: number;
  bytes: number;
  unit: 'vectors' | 'tiles';
}

/** Ways to do one part of the work; the cheapest is its floor. */
export type Ways = Counts[];

/** Steps of a chunk of the scan, and between two states that are kept for the way back. */
const CHUNK = 16;
const KEPT = 128;
/** Products of 8-bit parts that a product of floats takes, and one of spikes with floats. */
const PRODUCTS = { dense: 6, spikes: 2 };

/**
 * Multiply-adds an element. Forward: N into the state, N out of it, a triangle of taps in blocks of four steps
 * ((CHUNK + 4) / 2), and a complex product a mode and chunk (2 N / CHUNK): 146 at N = 64. Backward: the states again, the
 * adjoint (as forward), the gradients of the maps into and out of the state (N each) and of the taps: 356 at N = 64.
 * Bytes: x and y; for training also slopes and kept states, then x, slopes, dy and dx.
 */
export function scan(elements: number, N: number, pass: Pass, spiking: boolean): Ways[] {
  const taps = (CHUNK + 4) / 2;
  const recursion = (2 * N) / CHUNK;
  const forward = 2 * (2 * N + taps + recursion) + (spiking ? 5 : 0);
  if (pass === 'forward') return [[inVectors(elements * forward, 8 * elements)]];
  const backward = 2 * (5 * N + 2 * taps + 2 * recursion) + (spiking ? 10 : 0);
  const kept = (4 * N) / KEPT;
  const slopes = spiking ? 4 : 0;
  return [
    [inVectors(elements * forward, (8 + slopes + kept) * elements)],
    [inVectors(elements * backward, (12 + slopes + kept) * elements)],
  ];
}

/** A multiply-add, a comparison and two for the reset; backward again, and the surrogate. */
export function lif(elements: number, pass: Pass): Ways[] {
  const forward = [inVectors(5 * elements, 8 * elements)];
  return pass === 'forward' ? [forward] : [forward, [inVectors(15 * elements, 12 * elements)]];
}

/** 64 + 64 + 8 multiply-adds and 16 maxima an element; backward recomputes the membrane. */
export function sdn(elements: number, pass: Pass): Ways[] {
  const forward = [inVectors(288 * elements, 8 * elements)];
  return pass === 'forward' ? [forward] : [forward, [inVectors(292 * elements, 12 * elements)]];
}

/** M N K multiply-adds; training: two more products of that size. */
export function matmul(rows: number, inner: number, cols: number, pass: Pass, tiles: boolean): Ways[] {
  const product = dense(rows, inner, cols, tiles, PRODUCTS.dense);
  return pass === 'forward' ? [product] : [product, product, product];
}

/** Forward and weight gradient by the non-zeros (rate * M N K), or dense; the input gradient is dense. */
export function spikeMatmul(
  rows: number,
  inner: number,
  cols: number,
  rate: number,
  pass: Pass,
  tiles: boolean,
): Ways[] {
  const product = dense(rows, inner, cols, tiles, PRODUCTS.spikes);
  const ways = [inVectors(2 * rate * rows * inner * cols, product[0].bytes), ...product];
  return pass === 'forward' ? [ways] : [ways, ways, dense(rows, inner, cols, tiles, PRODUCTS.dense)];
}

/** About 20 operations for a sigmoid, of each of the rows * H outputs. */
export function glu(outputs: number, pass: Pass): Ways[] {
  const forward = [inVectors(21 * outputs, 12 * outputs)];
  return pass === 'forward' ? [forward] : [forward, [inVectors(26 * outputs, 20 * outputs)]];
}

/** Two sums over the elements, then scale and shift; backward two more sums. */
export function norm(elements: number, pass: Pass): Ways[] {
  const forward = [inVectors(7 * elements, 8 * elements)];
  return pass === 'forward' ? [forward] : [forward, [inVectors(10 * elements, 12 * elements)]];
}

/** Reads parameter, gradient and both moments, writes all but the gradient; about 15 operations in double. */
export function adamw(parameters: number): Ways[] {
  return [[inVectors(30 * parameters, 28 * parameters)]];
}

function dense(rows: number, inner: number, cols: number, tiles: boolean, products: number): Ways {
  const bytes = 4 * (rows * inner + inner * cols + rows * cols);
  const flops = 2 * rows * inner * cols;
  return tiles ? [{ flops: products * flops, bytes, unit: 'tiles' }] : [inVectors(flops, bytes)];
}

function inVectors(flops: number, bytes: number): Counts {
  return { flops, bytes, unit: 'vectors' };
}
