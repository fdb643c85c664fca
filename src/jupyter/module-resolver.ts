import { relative, resolve, sep } from 'node:path';
import type ts from 'typescript';

/** Installed packages and built declarations do not change under a running notebook; what the user edits may. */
export function isEditable(file: string): boolean {
  return !file.includes('/node_modules/') && !file.endsWith('.d.ts');
}

/** Resolves imports, looking for a cell's relative ones beside the notebook before the project's root. */
export function moduleResolver(
  compiler: typeof ts,
  host: ts.ModuleResolutionHost,
  root: string,
  notebookFolder: string,
  beside: Map<string, string>,
): NonNullable<ts.CompilerHost['resolveModuleNameLiterals']> {
  const posix = (path: string): string => path.split(sep).join('/');
  const cells = new Set(['__tslab__.ts', '__prev__.d.ts'].map((name) => `${posix(root)}/${name}`));
  const settled = compiler.createModuleResolutionCache(root, (path) => path);
  return (literals, containingFile, redirected, options) =>
    literals.map(({ text: name }) => {
      const cache = isEditable(containingFile) || cells.has(containingFile) ? undefined : settled;
      if (cells.has(containingFile) && /^\.\.?\//.test(name) && notebookFolder !== root) {
        const from = `${posix(notebookFolder)}/__tslab__.ts`;
        const found = compiler.resolveModuleName(name, from, options, host, undefined, redirected);
        if (found.resolvedModule) {
          beside.set(name, `./${posix(relative(root, resolve(notebookFolder, name)))}`);
          return found;
        }
        beside.delete(name);
      }
      return compiler.resolveModuleName(name, containingFile, options, host, cache, redirected);
    });
}
