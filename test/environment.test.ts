import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unknownVariables } from '../src/environment.js';

const library = join(import.meta.dirname, '..', 'dist', 'index.js');

test('variables that look like ours and are read by nothing are named, with what they resemble', () => {
  expect(unknownVariables({ PATH: '/', SPIKINGSSM_DATA: '/d', HOME: '/h' })).toEqual([]);
  const lines = unknownVariables({
    SPIKINGSSM_BACKND: 'cpu',
    SPIKINGSSM_THREADS: '2',
    SPIKING_SSM_DATA: '/d',
  });
  expect(lines[0]).toMatch(
    /^spikingssm: the variable SPIKINGSSM_BACKND is read by nothing \(did you mean SPIKINGSSM_BACKEND\? known: /,
  );
  expect(lines[1]).toMatch(/^spikingssm: the variable SPIKINGSSM_THREADS is read by nothing \(known: /);
  expect(lines[2]).toMatch(/did you mean SPIKINGSSM_DATA\?/);
});

test.each([
  ['SPIKINGSSM_BACKEND', 'nativ', /unknown backend "nativ" \(did you mean "native"\?/],
  [
    'SPIKINGSSM_ISA',
    'avx1024',
    /native \(SPIKINGSSM_ISA\): unknown instruction set "avx1024" .*known: baseline, avx2, avx512, amx/,
  ],
  ['SPIKINGSSM_ISA', 'AVX2', /did you mean "avx2"\?/],
  ['SPIKINGSSM_SCALE', 'smal', /unknown scale "smal" \(did you mean "small"\?/],
  ['SPIKINGSSM_DATA', '/not/there', /SPIKINGSSM_DATA must be a folder that is there, got \/not\/there/],
])('%s=%s is refused', (name, value, message) => {
  const code = `import { useBackend, notebookScale, dataFile } from ${JSON.stringify(library)};
    try { await useBackend('auto'); notebookScale(); dataFile('here', 'imdb', ['x']); } catch (error) { console.log(error.message); }`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, SPIKINGSSM_DATA: '', [name]: value },
  });
  expect(stdout).toMatch(message);
});
