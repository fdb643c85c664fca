// Makes a clone ready to run: installs the packages, compiles src/ into dist/ and the native kernels into build/, each
// only where it is out of date. Plain JavaScript, because nothing is installed or compiled yet when it runs. `--force`
// compiles anew; `--kernels` makes the native kernels alone, which is what a package installed by npm lacks.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`spikingssm needs Node.js 20.19 or later, this is ${process.versions.node} (install a current one)`);
}
/** Whose declarations are bundled. */
const VENDORED = [join('src', 'tf.ts'), join('src', 'column-table.ts')];
if (!process.argv.includes('--kernels')) {
  step('node_modules', hashOf(['package.json', 'package-lock.json']), 'Installing packages', installPackages);
  step(
    join('build', 'vendor'),
    hashOf(['package-lock.json', ...VENDORED, ...sources(join('src', 'vendor'))]),
    'Bundling what other packages do not publish in usable form',
    bundle,
  );
  step(
    'dist',
    hashOf(['package.json', 'package-lock.json', 'tsconfig.json', ...sources('src')]),
    'Compiling',
    compile,
  );
}
step(
  'build',
  hashOf(sources('src').filter((file) => /\.(cc|h)$|build\.mjs$/.test(file))),
  'Compiling the native kernels',
  compileKernels,
);

/** Runs `work` unless `folder` carries the stamp of a finished run on the same input; false is an unfinished one. */
function step(folder, hash, title, work) {
  const stamp = join(root, folder, '.spikingssm-setup');
  const forced = process.argv.includes('--force') && ['dist', 'build'].includes(folder);
  if (!forced && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.log(`${title} …`);
  if (work() === false) return;
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(stamp, hash);
}

function installPackages() {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

function bundle() {
  run(process.execPath, [join('src', 'vendor', 'index.mjs')]);
}

function compile() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  cpSync(join(root, 'build', 'vendor'), join(root, 'dist'), { recursive: true });
}

/** Without a compiler the program runs all the same, on tfjs's own kernels; the next set-up tries again. */
function compileKernels() {
  const build = join('src', 'backend', 'native', 'build.mjs');
  const { status, stderr } = spawnSync(process.execPath, [build], { cwd: root, encoding: 'utf8' });
  if (status === 0) return true;
  const why = stderr.trim().split('\n')[0] || `exit ${status}`;
  console.log(`Native kernels are left out: ${why}. Everything runs on the slower backend 'cpu'.`);
  return false;
}

function run(command, args) {
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell,
  });
  if (error || status !== 0) fail(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function sources(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.versions.modules);
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
