import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';

/**
 * A `require` for CommonJS files outside any node_modules: what they name by a relative path is loaded like them, what
 * is in `given` they get from there, everything else from this package. So foreign files share this package's tfjs.
 */
export function commonJs(given: Readonly<Record<string, unknown>>): (file: string) => unknown {
  const own = createRequire(import.meta.url);
  const loaded = new Map<string, { exports: unknown }>();
  const load = (file: string): unknown => {
    const before = loaded.get(file);
    if (before) return before.exports;
    const module: { exports: unknown } = { exports: {} };
    loaded.set(file, module); // before it runs: files may name each other in a circle
    const require = (name: string): unknown => {
      if (Object.hasOwn(given, name)) return given[name];
      return name.startsWith('.') ? load(`${join(dirname(file), name)}.js`) : own(name);
    };
    const names = ['exports', 'require', 'module'];
    compileFunction(readFileSync(file, 'utf8'), names, { filename: file })(module.exports, require, module);
    return module.exports;
  };
  return load;
}
