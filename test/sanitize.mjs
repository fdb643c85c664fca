// Builds the native kernels with AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests of the operations,
// the backend and single steps on them; the first finding fails its test file. Needs g++ on Linux.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAddon } from '../src/backend/native/build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const addon = join(root, 'build', 'Sanitize', 'spikingssm.node');
const tests = ['test/ops', 'test/backend', 'test/layers/step.test.ts'];

const extraFlags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];
const built = await buildAddon({ out: addon, extraFlags });
if (built !== true) {
  console.error(`sanitize: ${built}`);
  process.exit(1);
}
// Node itself is built without them, so their runtimes must be there before it starts.
const runtimes = ['libasan.so', 'libubsan.so'].map((name) => {
  const { stdout } = spawnSync(process.env.CXX || 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' });
  return stdout.trim();
});
const { status, signal } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(process.argv[2] ? { SPIKINGSSM_ISA: process.argv[2] } : {}),
    SPIKINGSSM_ADDON: addon,
    // TensorFlow's own library is not what is tested here.
    SPIKINGSSM_TENSORFLOW: join(dirname(addon), 'no-tensorflow'),
    LD_PRELOAD: runtimes.join(':'),
    // Leaks of the whole of Node would drown ours.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  },
});
rmSync(dirname(addon), { recursive: true, force: true });
process.exitCode = status ?? (signal ? 1 : 0);
