import type ts from 'typescript';

/** Everything that tslab decides in code and we decide otherwise. */
export function languageOptions(compiler: typeof ts): ts.CompilerOptions {
  return {
    // Mistakes are to show before a long training run, not after it.
    strict: true,
    // Reads a package's `exports`, this package's own name included, and lets `./x` mean x.ts.
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    // What Node 20 has: findLast and so on.
    lib: ['lib.es2023.d.ts'],
    // All of @types would be read otherwise, for names that only a browser has: half of the start-up time.
    types: ['node'],
    // The stock setting turns an await at top level into an error that tslab then ignores, but not `for await`.
    disableTopLevelAwait: false,
    // Errors are to name the cell's own lines.
    inlineSourceMap: true,
  };
}
