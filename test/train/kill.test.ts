import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSafetensors } from '../../src/files/safetensors.js';
import { random } from '../../src/random.js';
import { readRun } from '../../src/train/read-run.js';

const program = join(import.meta.dirname, 'fixtures', 'killed-run.mjs');
const folder = mkdtempSync(join(tmpdir(), 'kill-'));
afterAll(() => rmSync(folder, { recursive: true }));

function life(
  name: string,
  kind: 'file' | 'rename' | 'step' = 'file',
  event = 0,
  share = 0,
): { signal: string | null; doing: string } {
  const args = [program, join(folder, name), kind, String(event), String(share)];
  const { signal, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status === 0 || signal === 'SIGKILL', stderr).toBe(true);
  // Before it may stand what tfjs has to say.
  return { signal, doing: stderr.split('\n').at(-1) ?? '' };
}

/** Reads every file that is not a leftover; throws for one that is torn. */
function readAll(path: string): void {
  for (const file of readdirSync(path).filter((name) => !name.endsWith('.tmp'))) {
    if (file.endsWith('.safetensors')) readSafetensors(join(path, file));
    else if (file === 'metrics.jsonl') expect(readFileSync(join(path, file), 'utf8')).toMatch(/\n$/);
    else expect(['config.json', 'run.lock']).toContain(file);
  }
  if (readdirSync(path).includes('config.json')) readRun(path);
}

/** What decides the run, and none of its times. */
function outcome(name: string): unknown {
  const { steps, epochs } = readRun(join(folder, name));
  const tensors = (file: string) => [...readSafetensors(join(folder, name, file)).tensors];
  return {
    steps: steps.map(({ milliseconds: _, ...rest }) => rest),
    epochs: epochs.map(({ seconds: _, ...rest }) => rest),
    last: tensors('last.safetensors'),
    best: tensors('best.safetensors'),
  };
}

test('a run killed at 100 random moments ends with the numbers of an unbroken one, and no file is ever torn', () => {
  life('unbroken');
  const draw = random(11);
  const interrupted: Record<string, number> = {};
  for (let i = 0; i < 100; i++) {
    const kind = i % 5 === 0 ? 'step' : i % 5 === 1 ? 'rename' : 'file';
    const most = { step: 8, rename: 12, file: 150 }[kind];
    const { signal, doing } = life('killed', kind, draw.integer(1, most), draw.uniform());
    expect(signal, 'the run ended before it was killed 100 times').toBe('SIGKILL');
    interrupted[doing] = (interrupted[doing] ?? 0) + 1;
    readAll(join(folder, 'killed'));
  }
  expect(Object.keys(interrupted).sort()).toEqual([
    'closeSync',
    'fsyncSync',
    'openSync',
    'renameSync',
    'step',
    'writeFileSync',
  ]);
  expect(life('killed').signal).toBeNull();
  expect(outcome('killed')).toEqual(outcome('unbroken'));
  expect(readdirSync(join(folder, 'killed')).sort()).toEqual([
    'best.safetensors',
    'config.json',
    'last.safetensors',
    'metrics.jsonl',
  ]);
}, 600_000);
