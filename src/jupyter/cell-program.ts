import type ts from 'typescript';
import type { CompilerWithBinder } from './cell-scope.js';

type Program = ts.EmitAndSemanticDiagnosticsBuilderProgram;

/**
 * Makes the compiler's programs for tslab, without the account of all files' dependencies that a builder keeps for
 * later builds: a fifth of a small cell's time goes there, and of it tslab asks only what one cell imports.
 * @param isCell  whether a file holds the cell
 */
export function plainPrograms(
  compiler: typeof ts & CompilerWithBinder,
  isCell: (file: string) => boolean,
): ts.CreateProgram<Program> {
  return (...args) => {
    const program = compiler.createAbstractBuilder(...args) as Program;
    // tslab reads the cell's names first, and makes another program to export them: this one needs no checker.
    const cell = program.getSourceFiles().find(({ fileName }) => isCell(fileName));
    if (cell) compiler.bindSourceFile(cell, program.getCompilerOptions());
    program.getAllDependencies = (file) => sourcesOf(compiler, program.getProgram(), file);
    return program;
  };
}

/** Names of the source files that a file is made of: its own, and those that it imports, directly or not. */
function sourcesOf(compiler: typeof ts, program: ts.Program, file: ts.SourceFile): string[] {
  const found = new Set([file]);
  for (const one of found) {
    const visit = (node: ts.Node): void => {
      if (compiler.isStringLiteral(node) && isModuleName(compiler, node)) {
        const symbol = program.getTypeChecker().getSymbolAtLocation(node);
        for (const declaration of symbol?.declarations ?? []) {
          const source = declaration.getSourceFile();
          if (!source.isDeclarationFile) found.add(source);
        }
      }
      compiler.forEachChild(node, visit);
    };
    visit(one);
  }
  return [...found].map(({ fileName }) => fileName);
}

function isModuleName(compiler: typeof ts, { parent }: ts.StringLiteral): boolean {
  return (
    compiler.isImportDeclaration(parent) ||
    compiler.isExportDeclaration(parent) ||
    compiler.isExternalModuleReference(parent) ||
    compiler.isLiteralTypeNode(parent) ||
    compiler.isCallExpression(parent)
  );
}
