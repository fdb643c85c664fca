import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';
import { HEADERS } from '../../../src/backend/tensorflow/setup/contents.js';
import { thisPlatform } from '../../../src/backend/tensorflow/setup/platform.js';
import type { TfjsNode } from '../../../src/backend/tensorflow/setup/tfjs-node.js';
import { tarGzOf, type ZipFileSpec, zipOf } from '../../files/archives.js';

/** A module for Node.js as small as can be, in the place of tfjs-node's binding. */
const BINDING = `#include <node_api.h>
extern "C" int tensorflow_stands_in();
static napi_value init(napi_env env, napi_value exports) {
  napi_value version;
  napi_create_string_utf8(env, tensorflow_stands_in() == 7 ? "2.99.0" : "?", NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "TF_Version", version);
  return exports;
}
NAPI_MODULE(fake, init)
`;

/** Answers as `python3 -m pip` and as npm do, with the files of the folder that FAKES names; notes what was asked. */
const PIP = `#!/bin/sh
shift 2
if [ "$1" = --version ]; then echo pip 99; exit 0; fi
while [ $# -gt 1 ]; do if [ "$1" = --dest ]; then dest=$2; fi; shift; done
echo "$1" >> "$FAKES/asked"
name=$(echo "$1" | sed 's/[=<>].*//')
if [ ! -f "$FAKES/$name.whl" ]; then echo "ERROR: No matching distribution found for $1" >&2; exit 1; fi
if [ -f "$FAKES/cut-off" ]; then head -c 100 "$FAKES/$name.whl" > "$dest/$name.whl.part"; kill -9 $$; fi
cp "$FAKES/$name.whl" "$dest/"
`;
const NPM = `#!/bin/sh
if [ ! -f "$FAKES/tfjs-node.tgz" ]; then echo "npm error code ENOTFOUND" >&2; exit 1; fi
while [ $# -gt 1 ]; do if [ "$1" = --pack-destination ]; then cp "$FAKES/tfjs-node.tgz" "$2/"; fi; shift; done
`;
const MISSING = '#!/bin/sh\nexit 127\n';

export const VERSION = '2.99.0';

export interface Fakes {
  /** Of everything here. */
  folder: string;
  /** Where set-ups go. */
  cache: string;
  tfjsNode: TfjsNode;
  /** Writes a wheel that pip finds by its name. @returns its path */
  wheel(change?: Partial<WheelSpec>): string;
  /** Puts a script before every other program of its name. */
  program(name: string, script: string): void;
  /** Makes every pip fail. */
  withoutPip(): void;
  remove(): void;
}

export interface WheelSpec {
  name: string;
  tag: string;
  requires: string[];
  files: ZipFileSpec[];
}

/** Fakes of pip, npm, wheels and package in a temporary folder, found before the real ones. */
export async function fakes(): Promise<Fakes> {
  const folder = mkdtempSync(join(tmpdir(), 'tensorflow-'));
  const programs = join(folder, 'programs');
  const cache = join(folder, 'cache');
  mkdirSync(programs);
  vi.stubEnv('FAKES', folder);
  vi.stubEnv('SPIKINGSSM_TENSORFLOW', cache);
  vi.stubEnv('PATH', `${programs}${delimiter}${process.env.PATH}`);
  const program = (name: string, script: string): void => {
    writeFileSync(join(programs, name), script);
    chmodSync(join(programs, name), 0o755);
  };
  program('python3', PIP);
  program('npm', NPM);
  const archive = await tarGzOf([
    ['package/package.json', '{}'],
    ['package/dist/index.js', 'exports.fake = true;'],
    ['package/dist/kernels/Add.js', ''],
    ['package/binding/binding.cc', BINDING],
    ['package/scripts/install.js', 'throw new Error("must never run");'],
  ]);
  writeFileSync(join(folder, 'tfjs-node.tgz'), archive);
  const libraries = librariesIn(folder);
  return {
    folder,
    cache,
    program,
    tfjsNode: {
      name: 'fake-tfjs-node',
      version: '1.0.0',
      integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
    },
    withoutPip: () => {
      for (const name of ['python3', 'python', 'pip3', 'pip']) program(name, MISSING);
    },
    wheel: (change = {}) => {
      const platform = thisPlatform();
      const {
        name = platform.cpu,
        tag = `cp311-cp311-${platform.tags[0]}`,
        requires = [],
        files = libraries,
      } = change;
      const info = `${name.replaceAll('-', '_')}-${VERSION}.dist-info`;
      const lines = requires.map((line) => `Requires-Dist: ${line}\n`).join('');
      const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${VERSION}\n${lines}`;
      const path = join(folder, `${name}.whl`);
      const headers = [...HEADERS].map((header) => ({ name: header, content: `// ${header}` }));
      writeFileSync(
        path,
        zipOf([
          ...files,
          ...headers,
          { name: 'tensorflow/python/much_else.so', content: 'x'.repeat(5000) },
          { name: `${info}/METADATA`, content: metadata },
          { name: `${info}/WHEEL`, content: `Wheel-Version: 1.0\nTag: ${tag}\n` },
        ]),
      );
      return path;
    },
    remove: () => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Shared libraries with TensorFlow's names, the first with the function that the fake binding calls. */
function librariesIn(folder: string): ZipFileSpec[] {
  return thisPlatform().libraries.map((name, i) => {
    const [source, built] = [join(folder, `${i}.c`), join(folder, `${i}.so`)];
    const shared = process.platform === 'darwin' ? ['-dynamiclib'] : ['-shared', '-fPIC'];
    const file = name.replace('tensorflow/', '');
    const soname =
      process.platform === 'darwin' ? ['-install_name', `@rpath/${file}`] : [`-Wl,-soname,${file}`];
    writeFileSync(source, i === 0 ? 'int tensorflow_stands_in() { return 7; }' : 'int nothing;');
    execFileSync('cc', [...shared, ...soname, '-o', built, source]);
    return { name, content: readFileSync(built) };
  });
}
