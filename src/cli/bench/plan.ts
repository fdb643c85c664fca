import type { Prepared } from '../../analysis/measure.js';
import type { NeuronName } from '../../neurons/index.js';
import { blockCase, lifCase, matmulCase, type Pass, stepCase } from './cases.js';
import { type ModelCase, modelCase, modelSizes, peerModel, type RecipeName } from './model.js';

/** One that is timed in turn with the others of its case. */
export type Contestant =
  | { side: 'ours'; label: string; prepare: () => Prepared }
  | { side: 'peer'; label: string; request: object };

export interface SuiteCase {
  name: string;
  /** The first peer is what ratios are taken against. */
  contestants: Contestant[];
  /** Steps that one run works through, for the time a token. */
  tokens: number | null;
  /** Left out of a quick bench. */
  long: boolean;
}

/** Every case, in the order in which they run. */
export function suitePlan(): SuiteCase[] {
  return [
    block(2048, 'forward', false),
    ...[1024, 2048, 4096, 8192].map((length) => block(length, 'train', length > 2048)),
    model('smnist', 50, false),
    model('listops', 8, true),
    ...(['forward', 'train'] as const).map(lif),
    dense(16384, 256, 512),
    dense(16384, 512, 256),
    dense(256, 16384, 512),
    dense(1024, 1024, 1024),
    ...[0.01, 0.05, 0.1, 0.2, 0.3, 0.5].map(spikes),
    step(),
    ...[1024, 4096, 16384, 65536].map(flat),
  ];
}

const BLOCK = { batch: 8, width: 256, state: 64, bidirectional: false, trainableB: false } as const;

function block(length: number, pass: Pass, long: boolean): SuiteCase {
  const options = { ...BLOCK, length, pass };
  return {
    name: `block ${pass}, L ${length}`,
    contestants: [
      ...(['sltt', 'bptt', 'sdn'] as const).map((neuron) =>
        ours(neuron, () => blockCase({ ...options, neuron })),
      ),
      theirs('PyTorch, SDN', { prepare: 'block', ...options, neuron: 'sdn' }),
    ],
    tokens: BLOCK.batch * length,
    long,
  };
}

function model(recipe: RecipeName, batch: number, long: boolean): SuiteCase {
  const options = (neuron: NeuronName): ModelCase => ({
    recipe,
    ...modelSizes(recipe, { batch }),
    neuron,
    pass: 'train',
  });
  const { length } = options('sdn');
  return {
    name: `training step of ${recipe}, batch ${batch}`,
    contestants: [
      ...(['sdn', 'bptt'] as const).map((neuron) => ours(neuron, () => modelCase(options(neuron)))),
      theirs('PyTorch, SDN', { ...peerModel(options('sdn')), prepare: 'model' }),
    ],
    tokens: batch * length,
    long,
  };
}

function lif(pass: Pass): SuiteCase {
  const options = { batch: 8, length: 1024, width: 256, neuron: 'bptt', pass } as const;
  return {
    name: `lif alone ${pass}, L ${options.length}`,
    contestants: [
      ours('bptt', () => lifCase(options)),
      theirs('PyTorch, loop', { prepare: 'lif', ...options, library: 'torch' }),
      theirs('SpikingJelly', { prepare: 'lif', ...options, library: 'spikingjelly' }),
      theirs('snnTorch', { prepare: 'lif', ...options, library: 'snntorch' }),
    ],
    tokens: options.batch * options.length,
    long: false,
  };
}

function dense(rows: number, inner: number, cols: number): SuiteCase {
  return {
    name: `dense matmul [${rows}, ${inner}] x [${inner}, ${cols}]`,
    contestants: [
      ours('dense', () => matmulCase({ rows, inner, cols, rate: null, pass: 'forward' })),
      theirs('PyTorch, mm', { prepare: 'matmul', rows, inner, cols }),
    ],
    tokens: null,
    long: false,
  };
}

/** Beside our own dense product, with which it is compared as well. */
function spikes(rate: number): SuiteCase {
  const size = { rows: 16384, inner: 256, cols: 512 };
  return {
    name: `spike matmul ${100 * rate} %`,
    contestants: [
      ours('spikes', () => matmulCase({ ...size, rate, pass: 'forward' })),
      ours('dense', () => matmulCase({ ...size, rate: null, pass: 'forward' })),
      theirs('PyTorch, mm', { prepare: 'matmul', ...size }),
    ],
    tokens: null,
    long: false,
  };
}

function step(): SuiteCase {
  const options = { layers: 4, width: 256, state: 64, batch: 1 };
  return {
    name: 'streaming step, 4 x 256 x 64',
    contestants: [
      ours('bptt', () => stepCase({ ...options, neuron: 'bptt' })),
      theirs('PyTorch, recurrent', { prepare: 'step', ...options }),
    ],
    tokens: 1,
    long: false,
  };
}

/** Whether the time a token depends on L. */
function flat(length: number): SuiteCase {
  const options = { ...BLOCK, batch: 2, length, pass: 'train' } as const;
  return {
    name: `time a token, batch 2, L ${length}`,
    contestants: (['sltt', 'sdn'] as const).map((neuron) =>
      ours(neuron, () => blockCase({ ...options, neuron })),
    ),
    tokens: options.batch * length,
    long: length > 16384,
  };
}

function ours(label: string, prepare: () => Prepared): Contestant {
  return { side: 'ours', label, prepare };
}

function theirs(label: string, request: object): Contestant {
  return { side: 'peer', label, request };
}
