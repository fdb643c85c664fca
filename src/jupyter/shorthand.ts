import type ts from 'typescript';

/**
 * Makes `{ x }` mean `{ x: exports.x }` where x comes from an earlier cell: tslab rewrites every other use of
 * such a name and overlooks this one.
 */
export function withShorthands(
  compiler: typeof ts,
  program: ts.EmitAndSemanticDiagnosticsBuilderProgram,
): ts.EmitAndSemanticDiagnosticsBuilderProgram {
  const before: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
    const checker = program.getProgram().getTypeChecker();
    const visit = (node: ts.Node): ts.Node => {
      if (compiler.isShorthandPropertyAssignment(node)) {
        const symbol = checker.getShorthandAssignmentValueSymbol(node);
        if (symbol?.declarations?.some((one) => one.getSourceFile().fileName.endsWith('/__prev__.d.ts'))) {
          const { factory } = context;
          const value = factory.createPropertyAccessExpression(
            factory.createIdentifier('exports'),
            node.name.text,
          );
          return factory.createPropertyAssignment(node.name.text, value);
        }
      }
      return compiler.visitEachChild(node, visit, context);
    };
    return compiler.visitEachChild(file, visit, context);
  };
  return Object.create(program, {
    emit: {
      value: (...[file, write, token, declarationsOnly, custom]: Parameters<typeof program.emit>) =>
        program.emit(file, write, token, declarationsOnly, {
          ...custom,
          before: [before, ...(custom?.before ?? [])],
        }),
    },
  });
}
