import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '..', 'dist');

const entry = join(dist, 'index.d.ts');
const program = ts.createProgram([entry], {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
  types: ['node'],
});
const checker = program.getTypeChecker();

function resolved(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Whether a symbol is declared in a file of ours; tfjs's and arquero's types lie in one file each. */
function isOurs(symbol: ts.Symbol): boolean {
  return !!symbol.declarations?.some((one) => {
    const { fileName } = one.getSourceFile();
    return fileName.startsWith(dist) && !/(tf|column-table)\.d\.ts$/.test(fileName);
  });
}

/** Everything that is exported, with what lies in exported namespaces. */
const exported = new Set<ts.Symbol>();
(function collect(module: ts.Symbol): void {
  for (const symbol of checker.getExportsOfModule(module).map(resolved)) {
    if (exported.has(symbol)) continue;
    exported.add(symbol);
    if (symbol.flags & ts.SymbolFlags.ValueModule) collect(symbol);
  }
})(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);

/** The type that a node names, if it is one of ours. */
function named(node: ts.Node): ts.Symbol | undefined {
  const name = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isExpressionWithTypeArguments(node)
      ? node.expression
      : ts.isTypeQueryNode(node)
        ? node.exprName
        : undefined;
  const symbol = name && checker.getSymbolAtLocation(name);
  const target = symbol && resolved(symbol);
  return target && isOurs(target) && !(target.flags & ts.SymbolFlags.TypeParameter) ? target : undefined;
}

function declarations(symbol: ts.Symbol): ts.Declaration[] {
  return (symbol.declarations ?? []).filter((one) => isOurs(symbol) && !ts.isSourceFile(one));
}

test('every type in a public signature can be imported', () => {
  const missing = new Set<string>();
  for (const symbol of exported) {
    const visit = (node: ts.Node): void => {
      const type = named(node);
      if (type && !exported.has(type)) missing.add(`${type.name} of ${symbol.name}`);
      ts.forEachChild(node, visit);
    };
    declarations(symbol).forEach(visit);
  }
  expect(exported.size).toBeGreaterThan(200);
  expect([...missing].sort()).toEqual([]);
});

/** plotly's own, which takes no readonly arrays. */
const PLOTLY = /^(Trace|Layout|Axis|Values|\w+Trace|TraceBase|ErrorBars|Marker)$/;
/** What this package makes and takes again; nobody writes it by hand. */
const MADE =
  /^(Report|Run|StoredRun|RunRecord|RunConfig|Curve|CurveRun|Result|LayerRecord|SpikingSSMState|NetworkOperations)$/;

test('arrays that are taken may be readonly', () => {
  const mutable = new Set<string>();
  for (const symbol of exported) {
    const seen = new Set<ts.Symbol>();
    /** Looks through what a caller hands over: not through what a callback is given or a method gives back. */
    const visit = (node: ts.Node, path: string): void => {
      if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword) {
        ts.forEachChild(node.type, (inner) => visit(inner, path));
        return;
      }
      if (ts.isFunctionTypeNode(node) || ts.isMethodSignature(node)) return;
      if (ts.isArrayTypeNode(node) || ts.isTupleTypeNode(node)) mutable.add(path);
      const type = named(node);
      if (type && !MADE.test(type.name) && !PLOTLY.test(type.name) && !seen.has(type)) {
        seen.add(type);
        for (const declaration of declarations(type)) visit(declaration, `${path} ${type.name}`);
      }
      ts.forEachChild(node, (inner) =>
        visit(inner, ts.isPropertySignature(node) ? `${path}.${node.name.getText()}` : path),
      );
    };
    for (const declaration of declarations(symbol)) {
      const walk = (node: ts.Node): void => {
        const taken = ts.isFunctionDeclaration(node) || ts.isMethodSignature(node);
        if (taken) {
          for (const one of node.parameters) {
            if (one.type && !one.dotDotDotToken) visit(one.type, `${symbol.name}(${one.name.getText()})`);
          }
        } else ts.forEachChild(node, walk);
      };
      walk(declaration);
    }
  }
  expect([...mutable].sort()).toEqual([]);
});
