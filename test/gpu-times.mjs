// Times of training steps on a GPU, for gpu-check.mjs: ours on TensorFlow, and those of the PyTorch peer beside it.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { summary } from '../dist/analysis/measure.js';
import { modelSizes, peerModel } from '../dist/cli/bench/model.js';
import { startPeer } from '../dist/cli/bench/peer.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const RUNS = 3;

/**
 * Median milliseconds of a training step of the sMNIST model, each length in a process of its own: one may run out of
 * memory.
 * @returns {{ ms: (number | null)[], problems: Record<string, string> }}
 */
export function oursOf(neuron, batch, lengths) {
  const how = `--runs ${RUNS} --seconds 2 --threads ${availableParallelism()} --json`;
  const problems = {};
  const ms = lengths.map((length) => {
    const sizes = `--recipe smnist --batch ${batch} --length ${length} --neuron ${neuron} --pass train`;
    const words = [main, ...`bench model ${sizes} --backend tensorflow ${how}`.split(' ')];
    const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    try {
      return JSON.parse(stdout).medianMs;
    } catch {
      const lines = stderr.trim().split('\n');
      problems[length] = lines.find((line) => /error|spikingssm:/i.test(line)) ?? lines.at(-1);
      return null;
    }
  });
  return { ms, problems };
}

/**
 * The same of our PyTorch version of the paper's code, on the same GPU.
 * @param python  one that has PyTorch with CUDA
 * @param device  `cuda`; `cpu` to try this without one
 * @returns {Promise<{ torch: string, of(neuron, batch, lengths): Promise<{ ms, problems }>, stop(): void }>}
 */
export async function torchPeer(python, device) {
  const { peer, about } = await startPeer(python, availableParallelism());
  const { error } = await peer.ask({ device });
  if (error) throw new Error(error);
  const one = async (neuron, batch, length) => {
    const sizes = modelSizes('smnist', { batch, length });
    const request = peerModel({ ...sizes, recipe: 'smnist', neuron, pass: 'train' });
    const steps = [
      { ...request, prepare: 'model', as: 'step' },
      { run: 1, of: 'step' },
      { run: RUNS, of: 'step' },
    ];
    let reply;
    for (const step of steps) {
      reply = await peer.ask(step);
      if (reply.error) break;
    }
    await peer.ask({ clear: true });
    return reply;
  };
  const of = async (neuron, batch, lengths) => {
    const [ms, problems] = [[], {}];
    for (const length of lengths) {
      const { error, ms: times, cpuMs } = await one(neuron, batch, length);
      if (error) problems[length] = error;
      ms.push(error ? null : summary([{ times, cpuMs }]).medianMs);
    }
    return { ms, problems };
  };
  return { torch: about.torch, of, stop: peer.stop };
}

/** A Python whose PyTorch has the device: that of SPIKINGSSM_BENCH_PYTHON, or the system's. */
export function pythonWith(device) {
  const test = `import torch; torch.zeros(1, device='${device}')`;
  const candidates = [process.env.SPIKINGSSM_BENCH_PYTHON, 'python3'];
  return candidates.find((name) => name && spawnSync(name, ['-c', test]).status === 0);
}
