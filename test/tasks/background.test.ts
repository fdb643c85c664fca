import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// In a process of its own, because threads run the compiled package.
it('prepares the same batches in the same order on a second thread, and lets the process end', () => {
  const script = fileURLToPath(new URL('fixtures/background.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr.includes('Error'), stderr).toBe(false);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toEqual({
    same: [true, true, true, true],
    name: 'listops',
    sizes: [60, 3],
    error: 'batches: batch must be a whole number of at least 1, got 0',
  });
  expect(status).toBe(0);
});
