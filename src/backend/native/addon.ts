import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Floats = Float32Array;
type Optional = Float32Array | null;
type Shape = [batch: number, L: number, H: number, M: number, channels: number];
type System = [
  log_dt: Floats,
  log_A_real: Floats,
  A_imag: Floats,
  C: Floats,
  D: Floats,
  /** null: 1 */
  B: Optional,
];

/** A neuron's numbers in the addon's order. `surrogate` counts in the order of ops/surrogate.ts. */
export type NativeNeuron = [tau: number, v_reset: number, soft: boolean, sltt: boolean, surrogate: number];

/** What the addon exports; every array is row-major, results are written into arrays that the caller gives. */
export interface Addon {
  /** @returns the number of threads from now on; 0 asks for one a core */
  setThreads(count: number): number;
  /**
   * `baseline`, `avx2`, `avx512` or `amx`: the best this machine has. The environment variable SPIKINGSSM_ISA, read when
   * the addon is loaded, names one to go no further than.
   */
  instructionSet(): string;
  /** Asks for large pages. @returns the first offset, in bytes, that is a multiple of 64 in memory */
  prepareBuffer(buffer: ArrayBuffer): number;
  checkpointFloats(...shape: Shape): number;
  scanForward(
    ...given: [
      ...shape: Shape,
      ...system: System,
      spiking: boolean,
      ...neuron: NativeNeuron,
      x: Floats,
      state: Optional,
      u: Optional,
      scale: Optional,
      y: Floats,
      v: Optional,
      checkpoints: Optional,
      stateOut: Floats,
      uOut: Optional,
    ]
  ): void;
  scanBackward(
    ...given: [
      ...shape: Shape,
      ...system: System,
      spiking: boolean,
      ...neuron: NativeNeuron,
      x: Floats,
      v: Optional,
      u: Optional,
      scale: Optional,
      checkpoints: Floats,
      dy: Floats,
      dStateOut: Optional,
      duOut: Optional,
      dx: Floats,
      dlog_dt: Floats,
      dlog_A_real: Floats,
      dA_imag: Floats,
      dC: Floats,
      dD: Floats,
      dB: Optional,
      dState: Optional,
      du: Optional,
    ]
  ): void;
  lifForward(
    batch: number,
    L: number,
    H: number,
    ...given: [...neuron: NativeNeuron, x: Floats, u: Floats, spikes: Floats, uOut: Floats]
  ): void;
  lifBackward(
    batch: number,
    L: number,
    H: number,
    ...given: [
      ...neuron: NativeNeuron,
      x: Floats,
      u: Floats,
      dy: Floats,
      duOut: Floats,
      dx: Floats,
      du: Floats,
    ]
  ): void;
  /** With dy: the gradient of x; without: the spikes. */
  sdn(
    batch: number,
    L: number,
    H: number,
    surrogate: number,
    ...given: [
      x: Floats,
      past: Floats,
      w1: Floats,
      b1: Floats,
      w2: Floats,
      b2: Floats,
      w3: Floats,
      b3: Floats,
      dy: Optional,
      scale: Optional,
      out: Floats,
    ]
  ): void;
  /** C [batches, M, N] = op(A) op(B) + bias; one matrix on a side serves all on the other. */
  matmul(
    M: number,
    N: number,
    K: number,
    transposeA: boolean,
    transposeB: boolean,
    batches: number,
    batchesOfA: number,
    batchesOfB: number,
    /** Not 0: every number of A is 0 or this one. */
    unit: number,
    A: Floats,
    B: Floats,
    bias: Optional,
    C: Floats,
    /** Sums of B's columns, where B is [K, N] and there is one pair. */
    columnSums?: Floats,
  ): void;
  /** Whether dense products are done by a tile unit (AMX), several times faster than in vectors. */
  hasTiles(): boolean;
  /** @returns share of non-zeros, and the number that all of them are, or 0 */
  inspectSpikes(size: number, S: Floats): [rate: number, unit: number];
  /** y = S W + bias by the non-zeros of S. */
  sparseForward(rows: number, K: number, cols: number, S: Floats, W: Floats, bias: Floats, y: Floats): void;
  /** dW = S^T dY by the non-zeros of S, and db. */
  sparseWeights(rows: number, K: number, cols: number, S: Floats, dY: Floats, dW: Floats, db: Floats): void;
  /** out [outer, middle, inner] = a + b, a - b or a * b (0, 1, 2); strides are 0 where an operand is repeated. */
  binary(
    operation: number,
    ...given: [
      ...sizes: [number, number, number],
      ...aStrides: [number, number, number],
      ...bStrides: [number, number, number],
      a: Floats,
      b: Floats,
      out: Floats,
    ]
  ): void;
  /** With dy: the gradient of x; without: y. */
  glu(
    rows: number,
    H: number,
    rowsPerScale: number,
    x: Floats,
    dy: Optional,
    scale: Optional,
    residual: Optional,
    out: Floats,
  ): void;
  /** Coefficients of single steps [H][6][M]: a, b and 2 C, real and imaginary part. */
  discretize(H: number, M: number, ...given: [...system: System, coefficients: Floats]): void;
  /** One step of one block: layer, neuron, linear map, gate, residual connection. */
  blockStep(
    batch: number,
    H: number,
    M: number,
    ...given: [
      ...neuron: NativeNeuron,
      coefficients: Floats,
      D: Floats,
      weights: Floats,
      bias: Floats,
      x: Floats,
      residual: Floats,
      state: Floats,
      u: Floats,
      stateOut: Floats,
      uOut: Floats,
      y: Floats,
    ]
  ): void;
  /** out [cols, rows] = x^T */
  transpose(rows: number, cols: number, x: Floats, out: Floats): void;
  /** Rows of the table; with dy instead of a table: the gradient of the table. */
  embedding(
    size: number,
    H: number,
    count: number,
    tokens: Int32Array,
    table: Optional,
    dy: Optional,
    out: Floats,
  ): void;
  norm(
    rows: number,
    H: number,
    ofChannels: boolean,
    eps: number,
    x: Floats,
    weight: Floats,
    bias: Floats,
    y: Floats,
    mean: Floats,
    variance: Floats,
  ): void;
  normBackward(
    rows: number,
    H: number,
    ofChannels: boolean,
    eps: number,
    x: Floats,
    weight: Floats,
    mean: Floats,
    variance: Floats,
    dy: Floats,
    dx: Floats,
    dweight: Floats,
    dbias: Floats,
  ): void;
  /** One step on every parameter, in place. */
  adamw(
    parameters: Floats[],
    gradients: Floats[],
    m: Floats[],
    v: Floats[],
    learningRates: number[],
    weightDecays: number[],
    beta1: number,
    beta2: number,
    eps: number,
    step: number,
  ): void;
  /** Of this machine, in 1e9 a second: float operations in vectors, on tiles (0: none), bytes to and from memory. */
  measureFloor(): [vectors: number, tiles: number, bytes: number];
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(import.meta.url);

let loaded: Addon | undefined;

/**
 * The addon, loaded on the first call; SPIKINGSSM_ADDON names another file in place of the built one (test/sanitize.mjs).
 * @throws Error where it was not built or does not fit this machine
 */
export function addon(): Addon {
  const other = process.env.SPIKINGSSM_ADDON;
  loaded ??= other ? (require(other) as Addon) : (require('node-gyp-build') as (root: string) => Addon)(ROOT);
  return loaded;
}

/** Whether the addon is there: built at set-up, or prebuilt for this platform. */
export function hasAddon(): boolean {
  const prebuilt = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  return existsSync(join(ROOT, 'build', 'Release', 'spikingssm.node')) || existsSync(prebuilt);
}
