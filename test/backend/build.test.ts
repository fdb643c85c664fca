import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BUILD = fileURLToPath(new URL('../../src/backend/native/build.mjs', import.meta.url));

test('without a compiler the build says so in one line, for set-up to pass on', () => {
  const empty = mkdtempSync(join(tmpdir(), 'no-compiler-'));
  const { CXX: _, ...env } = process.env;
  const out = join(empty, 'spikingssm.node');
  const { status, stderr } = spawnSync(process.execPath, [BUILD, out], {
    env: { ...env, PATH: empty },
    encoding: 'utf8',
  });
  rmSync(empty, { recursive: true });
  expect(stderr).toBe('no C++ compiler (g++ or clang++) was found\n');
  expect(status).toBe(1);
});
