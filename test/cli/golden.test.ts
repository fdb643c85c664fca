import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addGolden } from '../../src/cli/golden.js';

const GOOD = 'block-sltt.safetensors';

let folder: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golden-'));
  copyFileSync(fileURLToPath(new URL(`../golden/${GOOD}`, import.meta.url)), join(folder, GOOD));
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

async function golden(...args: string[]): Promise<void> {
  const program = new Command();
  addGolden(program);
  await program.parseAsync(['golden', ...args], { from: 'user' });
}

test('prints one line a file and leaves the exit code alone when all pass', async () => {
  await golden(folder, '--backend', 'cpu');
  expect(lines).toEqual([
    expect.stringMatching(
      /^block-sltt\.safetensors {2}forward \d\.\de-\d {2}gradients \d\.\de-\d {2}losses - {2}PASS$/,
    ),
  ]);
  expect(process.exitCode).toBeUndefined();
});

test('exits 1 when a file fails, and checks the others all the same', async () => {
  writeFileSync(join(folder, 'a-broken.safetensors'), 'not a safetensors file');
  writeFileSync(join(folder, 'README.md'), 'other files are passed over');
  await golden(folder);
  expect(lines).toEqual([
    expect.stringMatching(/^a-broken\.safetensors {2}.* {2}FAIL$/),
    expect.stringMatching(/^block-sltt\.safetensors .* PASS$/),
  ]);
  expect(process.exitCode).toBe(1);
});

test('a missing folder, an empty folder and an unknown backend are named', async () => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  await expect(golden(empty)).rejects.toThrow(new RangeError(`golden: ${empty} holds no .safetensors file`));
  const missing = join(folder, 'missing');
  await expect(golden(missing)).rejects.toThrow(new RangeError(`golden: no folder ${missing}`));
  await expect(golden(folder, '--backend', 'cqu')).rejects.toThrow(
    /unknown backend "cqu" \(did you mean "cpu"\?/,
  );
});
