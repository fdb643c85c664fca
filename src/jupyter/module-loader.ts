import { join } from 'node:path';
import vm from 'node:vm';

export interface ModuleLoader {
  /** What `require` gives a cell. */
  require(id: string): unknown;
  /** Gets a module ready that `require` cannot load. */
  load(id: string): Promise<void>;
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
  return {
    require: (id) => imported.get(id) ?? require(id),
    async load(id) {
      if (imported.has(id) || /^\.{0,2}\//.test(id)) return;
      try {
        require(id);
      } catch (error) {
        if (!IMPORT_ONLY.includes((error as { code?: string }).code ?? '')) throw error;
        const namespace = await importModule(id);
        imported.set(id, Object.create(namespace, { __esModule: { value: true } }));
      }
    },
  };
}
