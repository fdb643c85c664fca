// For a machine with an NVIDIA GPU: tests every operation on it, compares a model with the backend cpu, times the rows
// of the paper's Table 1 beside PyTorch on the same GPU (where a Python has it), prints them and writes
// test/bench/results/gpu-check.json.
// `--anyway` takes whatever device TensorFlow has, to try this script itself; `--batch` and `--lengths` make it shorter.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cudaVisible } from '../dist/backend/tensorflow/cuda.js';
import { available, preferred } from '../dist/backend/tensorflow/index.js';
import { spikingSSM, useBackend } from '../dist/index.js';
import { oursOf, pythonWith, torchPeer } from './gpu-times.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'test', 'bench', 'results', 'gpu-check.json');
const tf = await import('../dist/tf.js');
const { values } = parseArgs({
  options: {
    anyway: { type: 'boolean', default: false },
    batch: { type: 'string', default: '64' },
    lengths: { type: 'string', default: '1024,2048,4096,8192' },
  },
});

/** The paper's own, on its GPU, ms an iteration at batch 64, by length. */
const PAPER = {
  bptt: { 1024: 1370, 2048: 2900, 4096: 8040, 8192: 25600 },
  sltt: { 1024: 1210, 2048: 2720, 4096: 7740, 8192: 25600 },
  sdn: { 1024: 183, 2048: 196, 4096: 200, 8192: 253 },
};

const problem = values.anyway ? undefined : noGpu();
if (problem) end(problem);
const { device } = await useBackend('tensorflow').catch(({ message }) => end(message));
const [processor] = device.processors;
if (processor?.kind !== 'GPU' && !values.anyway) {
  end('TensorFlow sees no GPU though the driver has one (is the driver at least 525.60, for CUDA 12?)');
}
console.log(`${device.library} on ${device.processors.map(({ name }) => name).join(', ')}`);

const tests = ['test/ops/forms.test.ts', 'test/ops/state.test.ts', 'test/analysis/golden.test.ts'];
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...tests, '-t', 'tensorflow'],
  { cwd: root, stdio: 'inherit' },
);
const difference = await differenceFromCpu();
console.log(
  `Logits and gradients differ from those of cpu by ${difference.toExponential(1)} of the largest at most`,
);
const lengths = values.lengths.split(',').map(Number);
const batch = Number(values.batch);
const peerDevice = processor?.kind === 'GPU' ? 'cuda' : 'cpu';
const python = pythonWith(peerDevice);
const peer = python && (await torchPeer(python, peerDevice).catch(({ message }) => console.error(message)));
if (!peer)
  console.log(`No PyTorch on ${peerDevice} beside it (SPIKINGSSM_BENCH_PYTHON names a Python that has it)`);
const table = [];
for (const neuron of Object.keys(PAPER)) {
  const ours = oursOf(neuron, batch, lengths);
  table.push({ neuron, ...ours, torch: (await peer?.of(neuron, batch, lengths)) ?? null });
}
peer?.stop();
printTable();
mkdirSync(dirname(out), { recursive: true });
const passed = status === 0;
const about = { date: new Date().toISOString(), device, torch: peer?.torch ?? null, batch, lengths };
writeFileSync(
  out,
  `${JSON.stringify({ ...about, operationsPass: passed, difference, table }, undefined, 2)}\n`,
);
console.log(`Written: ${out}`);
// The limit of the golden files.
process.exitCode = passed && difference < 1e-3 ? 0 : 1;

/** Why there is nothing to check here. */
function noGpu() {
  if (!cudaVisible()) {
    return "no CUDA device is visible (NVIDIA's driver is not loaded, or CUDA_VISIBLE_DEVICES hides its devices)";
  }
  const state = available();
  if (state !== true) return `tensorflow cannot work here: ${state}`;
  if (!preferred()) return 'TensorFlow is set up without CUDA (run `npx spikingssm setup tensorflow --gpu`)';
  return undefined;
}

/** The largest difference of a model's logits and gradients between tensorflow and cpu, relative to the largest entry. */
async function differenceFromCpu() {
  const given = Float32Array.from({ length: 4 * 200 }, (_, i) => Math.sin(i * i));
  const found = {};
  for (const backend of ['cpu', 'tensorflow']) {
    await useBackend(backend);
    const model = spikingSSM({ classes: 10, H: 32, N: 16, layers: 2, neuron: 'sdn', norm: 'none', seed: 1 });
    const x = tf.tensor3d(given, [4, 200, 1]);
    const logits = model.apply(x);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(model.apply(x))),
      Object.values(model.parameters),
    );
    found[backend] = [logits, ...Object.values(grads)].map((tensor) => tensor.dataSync());
    tf.dispose([x, logits, grads]);
    model.dispose();
  }
  return Math.max(
    ...found.cpu.map((expected, i) => {
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const apart = expected.reduce(
        (most, value, k) => Math.max(most, Math.abs(value - found.tensorflow[i][k])),
        0,
      );
      return largest === 0 ? apart : apart / largest;
    }),
  );
}

function printTable() {
  const row = (name, cells) =>
    console.log(name.padEnd(16) + cells.map((cell) => String(cell).padStart(10)).join(''));
  const times = (name, { ms, problems }) => {
    row(
      name,
      ms.map((value) => value?.toFixed(0) ?? 'failed'),
    );
    for (const [length, why] of Object.entries(problems)) console.log(`  L ${length}: ${why}`);
  };
  row('ms a step', lengths);
  for (const { neuron, torch, ...ours } of table) {
    times(neuron, ours);
    if (torch) times('  PyTorch here', torch);
    row(
      '  in the paper',
      lengths.map((length) => PAPER[neuron][length] ?? '-'),
    );
  }
}

function end(message) {
  console.error(`gpu-check: ${message}`);
  process.exit(1);
}
