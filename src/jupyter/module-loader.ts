import { join } from 'node:path';
import vm from 'node:vm';

export interface ModuleLoader {
  /** What `require` gives a cell. */
  require(id: string): unknown;
  /** Loads a module for an import declaration. */
  load(id: string): Promise<unknown>;
  /** A loaded module as `import * as` sees it: one that is no ES module is its own default export. */
  whole(module: unknown): object;
  /** What `import(id)` means in a cell. */
  import(id: unknown): Promise<object>;
}

/** Codes of modules with a top-level await, or for `import` only; everything else can be required. */
const IMPORT_ONLY = ['ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];

/** Loads what cells import: by `require`, or by `import` where a module insists on it. */
export function moduleLoader(root: string, require: (id: string) => unknown): ModuleLoader {
  const imported = new Map<string, unknown>();
  const importModule = new vm.Script('(id) => import(id)', {
    filename: join(root, 'cell.mjs'),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as (id: string) => Promise<object>;

  async function load(id: string): Promise<unknown> {
    const known = imported.get(id);
    if (known) return known;
    try {
      return require(id);
    } catch (error) {
      const local = /^\.{0,2}\//.test(id);
      if (local || !IMPORT_ONLY.includes((error as { code?: string }).code ?? '')) throw error;
      const module = Object.create(await importModule(id), { __esModule: { value: true } });
      imported.set(id, module);
      return module;
    }
  }
  return {
    require: (id) => imported.get(id) ?? require(id),
    load,
    whole,
    import: async (id) => whole(await load(String(id))),
  };
}

function whole(module: unknown): object {
  if ((module as { __esModule?: boolean } | null)?.__esModule) return module as object;
  const namespace = { default: module };
  for (const key of Object.keys(Object(module))) {
    if (key === 'default') continue;
    // Read when used: some properties warn, or load more, when they are read.
    Object.defineProperty(namespace, key, {
      enumerable: true,
      get: () => (module as Record<string, unknown>)[key],
    });
  }
  return namespace;
}
