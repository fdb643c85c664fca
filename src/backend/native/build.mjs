// Compiles the addon: every kernel once for each instruction set, the rest once, all linked into
// build/Release/spikingssm.node, where node-gyp-build looks for it. Plain compiler calls, because the sources need
// other flags for each set. Prints why and returns false where there is no compiler that can do it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..', '..');
const operations = join(root, 'src', 'ops');

const AVX512 = ['f', 'vl', 'bw', 'dq']
  .map((part) => `-mavx512${part}`)
  .concat(['-mavx2', '-mfma', '-mbmi2', '-mprefer-vector-width=512']);
const INSTRUCTION_SETS =
  process.arch === 'x64'
    ? [
        ['baseline', 4, []],
        ['avx2', 8, ['-mavx2', '-mfma', '-mbmi2']],
        ['avx512', 16, AVX512],
        ...(process.platform === 'linux'
          ? [['amx', 16, [...AVX512, '-mavx512vbmi', '-mamx-tile', '-mamx-bf16', '-mamx-int8']]]
          : []),
      ]
    : [['baseline', 4, []]];

const sources = readdirSync(operations, { recursive: true });
/** Sources of the operations whose file name starts with `stem`. */
const ofOperations = (stem) =>
  sources
    .filter((name) => basename(name).startsWith(stem) && name.endsWith('.cc'))
    .map((name) => join(operations, name));

/** Compiled once for each instruction set. */
const kernels = [join(here, 'table.cc'), join(here, 'floor.cc'), ...ofOperations('native')];
/** Compiled once: what JavaScript calls. */
const entries = [
  ...['addon.cc', 'instruction-set.cc', 'pool.cc'].map((name) => join(here, name)),
  ...ofOperations('binding'),
];

/** The addon's path below the package. */
export const ADDON = join('build', 'Release', 'spikingssm.node');

/**
 * @param extraFlags  for every compilation and the link, e.g. -fsanitize=address
 * @returns           true, or why it could not be built
 */
export async function buildAddon({ out = join(root, ADDON), extraFlags = [] } = {}) {
  const compiler = findCompiler();
  if (compiler === undefined) return 'no C++ compiler (g++ or clang++) was found';
  if (process.platform === 'win32') return 'the kernels are built on Linux and macOS only';
  const headers = createRequire(import.meta.url)('node-api-headers').include_dir;
  const objects = join(dirname(out), 'objects');
  mkdirSync(objects, { recursive: true });
  const common = [
    '-std=gnu++17',
    '-O3',
    '-fPIC',
    '-fno-math-errno', // sqrt as an instruction, in vectors too
    '-fvisibility=hidden',
    '-Wno-psabi',
    `-I${headers}`,
    ...extraFlags,
  ];
  const units = [
    ...entries.map((source) => ({ source, tag: '', flags: [] })),
    ...INSTRUCTION_SETS.flatMap(([name, width, flags]) =>
      kernels.map((source) => ({
        source,
        tag: name,
        flags: [`-DISA=${name}`, `-DWIDTH=${width}`, ...flags],
      })),
    ),
  ].map((unit) => ({ ...unit, object: join(objects, objectName(unit)) }));
  const waiting = [...units];
  const work = async () => {
    for (let unit = waiting.pop(); unit !== undefined; unit = waiting.pop()) {
      await call(compiler, ['-c', unit.source, '-o', unit.object, ...common, ...unit.flags]);
    }
  };
  const unfinished = `${out}.${process.pid}`;
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
    const linked = [
      ...shared,
      '-o',
      unfinished,
      ...units.map(({ object }) => object),
      '-pthread',
      ...extraFlags,
    ];
    await call(compiler, linked);
    renameSync(unfinished, out);
    return true;
  } catch (error) {
    return `${basename(compiler)} failed: ${error.message}`;
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}

function objectName({ source, tag }) {
  return `${relative(root, source).replace(/[/\\]/g, '-')}${tag && `-${tag}`}.o`;
}

function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['g++', 'clang++', 'c++'];
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

function call(command, given) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, given, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => (status === 0 ? resolve() : reject(new Error(complaint.slice(0, 4000)))));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [out, ...extraFlags] = process.argv.slice(2);
  const built = await buildAddon({ ...(out ? { out } : {}), extraFlags });
  if (built !== true) console.error(built);
  process.exitCode = built === true ? 0 : 1;
}
