import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examine, type Finding, type Surroundings } from '../../src/cli/doctor.js';
import { temporaryFolder } from '../temporary.js';

const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

function kernelFolder(...argv: string[]): string {
  const folder = temporaryFolder('kernelspec');
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify({ argv }));
  return folder;
}

const PRINTS: Record<string, string> = {
  'python3 --version': 'Python 3.12.1',
  'python3 -m jupyterlab --version': '4.6.6',
  'c++ --version': 'g++ 12.2.0\nCopyright',
  'nvidia-smi --query-gpu=name,memory.total --format=csv,noheader': 'A card, 80 GiB\nA card, 80 GiB',
};

/** A computer that has everything, but for what a test takes away. */
function computer(but: Partial<Surroundings> = {}): Surroundings {
  return {
    nodeVersion: '20.19.0',
    zeromqVersion: async () => '6.5.0',
    run: (program, args) => PRINTS[[program, ...args].join(' ')],
    kernelFolders: [kernelFolder('node', main)],
    tensorflow: { folder: '/cache/2.21.0-gpu', setUp: { version: '2.21.0', gpu: true, files: {} } },
    backend: () => ({ name: 'tensorflow', reason: 'a CUDA device is visible' }),
    backends: { native: true, cpu: true, tensorflow: true },
    ...but,
  };
}

const only = (name: string, findings: Finding[]): Finding | undefined =>
  findings.find((one) => one.name === name);

test('a computer that has everything', async () => {
  const folder = kernelFolder('node', main);
  expect(await examine(computer({ kernelFolders: [join(folder, 'none'), folder] }))).toEqual([
    { name: 'Node.js', state: 'ok', text: '20.19.0' },
    { name: 'zeromq', state: 'ok', text: '6.5.0' },
    { name: 'kernelspec', state: 'ok', text: folder },
    { name: 'Python', state: 'ok', text: 'Python 3.12.1 (python3)' },
    { name: 'JupyterLab', state: 'ok', text: '4.6.6' },
    { name: 'compiler', state: 'ok', text: 'g++ 12.2.0' },
    { name: 'GPU', state: 'ok', text: 'A card, 80 GiB' },
    { name: 'TensorFlow', state: 'ok', text: '2.21.0 with CUDA (/cache/2.21.0-gpu)' },
    {
      name: 'backend',
      state: 'ok',
      text: 'auto takes tensorflow: a CUDA device is visible; native: works too; cpu: works too',
    },
  ]);
});

test('a bare computer: only what cells need is missing, and every line has its remedy', async () => {
  const findings = await examine({
    nodeVersion: '20.18.3',
    zeromqVersion: () => Promise.reject(new Error('No native build was found\n    loaded from …')),
    run: () => undefined,
    kernelFolders: ['/no/such/folder'],
    tensorflow: { problem: 'it is not set up (run `npx spikingssm setup tensorflow`)' },
    backend: () => {
      throw new TypeError('useBackend (SPIKINGSSM_BACKEND): unknown backend "gpu"');
    },
    backends: {},
  });
  expect(findings.map(({ name, state, text }) => `${state} ${name}: ${text}`)).toEqual([
    'missing Node.js: 20.18.3 is too old (install 20.19 or later)',
    'missing zeromq: No native build was found (npm rebuild zeromq)',
    'optional kernelspec: not installed (spikingssm kernel install --user, or npm run lab)',
    'optional Python: not found; only JupyterLab needs it (install Python 3.9 or later)',
    'optional JupyterLab: not installed (npm run lab makes an environment)',
    'optional compiler: none; plain JavaScript is used instead (install g++ or clang++)',
    'optional GPU: no NVIDIA GPU seen; the CPU computes (for one, install its driver)',
    'optional TensorFlow: it is not set up (run `npx spikingssm setup tensorflow`)',
    'missing backend: useBackend (SPIKINGSSM_BACKEND): unknown backend "gpu"',
  ]);
});

test.each([
  ['18.20.0', 'missing'],
  ['20.19.0', 'ok'],
  ['22.0.0', 'ok'],
])('Node %s is %s', async (nodeVersion, state) => {
  expect(only('Node.js', await examine(computer({ nodeVersion })))?.state).toBe(state);
});

test('a kernelspec whose launcher is gone, by its full path and by one within the folder', async () => {
  for (const launcher of ['/gone/main.js', '{resource_dir}/gone/main.js']) {
    const folder = kernelFolder('node', launcher);
    expect(only('kernelspec', await examine(computer({ kernelFolders: [folder] })))).toEqual({
      name: 'kernelspec',
      state: 'missing',
      text: `${folder} names ${launcher.replace('{resource_dir}', folder)}, which is gone (spikingssm kernel install)`,
    });
  }
});

test('the environment of `npm run lab` comes first, and the chosen compiler', async () => {
  const prints: Record<string, string> = {
    ...PRINTS,
    [`${join('.venv', 'bin', 'python')} --version`]: 'Python 3.11.0',
    'my-c++ --version': 'mine 1.0',
  };
  const findings = await examine(
    computer({ run: (program, args) => prints[[program, ...args].join(' ')], cxx: 'my-c++' }),
  );
  expect(only('Python', findings)?.text).toBe(`Python 3.11.0 (${join('.venv', 'bin', 'python')})`);
  // The tool asks the Python that it has found, and this one has no JupyterLab.
  expect(only('JupyterLab', findings)?.state).toBe('optional');
  expect(only('compiler', findings)?.text).toBe('mine 1.0');
});

test('the command prints a line each, or JSON, and looks at this computer', () => {
  const home = temporaryFolder('home');
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const env = { ...process.env, PATH: bin, JUPYTER_DATA_DIR: home, SPIKINGSSM_TENSORFLOW: home, CXX: '' };
  const doctor = (...args: string[]) =>
    spawnSync(process.execPath, [main, 'doctor', ...args], { encoding: 'utf8', env, cwd: home });
  const { stdout, status } = doctor();
  expect(stdout).toMatch(/^✓ Node\.js +\d+\.\d+\.\d+\n✓ zeromq +\d+\.\d+\.\d+\n– kernelspec +not installed/);
  expect(stdout.trimEnd().split('\n')).toHaveLength(9);
  expect(status).toBe(0);
  expect((JSON.parse(doctor('--json').stdout) as Finding[]).map(({ state }) => state)).toEqual([
    'ok',
    'ok',
    ...Array.from({ length: 6 }, () => 'optional'),
    'ok',
  ]);
  mkdirSync(join(home, 'kernels', 'typescript'), { recursive: true });
  writeFileSync(join(home, 'kernels', 'typescript', 'kernel.json'), '{"argv":["node","/gone"]}');
  expect(doctor()).toMatchObject({ status: 1, stdout: expect.stringContaining('✗ kernelspec') });
});
