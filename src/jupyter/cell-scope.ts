import type ts from 'typescript';

/** What the compiler's binder leaves on the nodes that are scopes. */
type Scope = ts.Node & { locals?: Map<ts.__String, ts.Symbol> };

/** The compiler's step that finds what each scope declares, which its public interface leaves out. */
export interface CompilerWithBinder {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
}

export interface CellScope {
  /** Whether an identifier, where it is used or declared as a variable, means a name of the file's top level. */
  isTopLevel(node: ts.Identifier): boolean;
  /** Names that a `var` in a block or loop gives to the top level. */
  hoisted: string[];
}

/** Finds out which names of a JavaScript module mean what its top level declares. Sets the nodes' parents. */
export function cellScope(compiler: typeof ts & CompilerWithBinder, file: ts.SourceFile): CellScope {
  compiler.bindSourceFile(file, {});
  const { Value, ExportValue, Alias, FunctionScopedVariable } = compiler.SymbolFlags;
  const names = new Map<ts.__String, ts.Symbol>();
  for (const [name, symbol] of (file as Scope).locals ?? []) {
    if (symbol.flags & (Value | ExportValue | Alias)) names.set(name, symbol);
  }
  const inBlock = (declaration: ts.Node): boolean => {
    let node = declaration;
    while (node.parent !== file) node = node.parent;
    return !compiler.isVariableStatement(node);
  };

  return {
    hoisted: [...names.values()]
      .filter(({ flags, declarations }) => flags & FunctionScopedVariable && declarations?.every(inBlock))
      .map(({ name }) => name),
    isTopLevel(node) {
      return names.has(node.escapedText) && isVariable(node) && !isShadowed(node);
    },
  };

  /** Not the name of a property, a label, a function or a class. */
  function isVariable(node: ts.Identifier): boolean {
    const { parent } = node;
    if ((parent as ts.BindingElement).propertyName === node) return false;
    if ((parent as ts.LabeledStatement).label === node) return false;
    if ((parent as ts.NamedDeclaration).name !== node) return true;
    return (
      compiler.isVariableDeclaration(parent) ||
      compiler.isBindingElement(parent) ||
      compiler.isShorthandPropertyAssignment(parent)
    );
  }

  function isShadowed(node: ts.Identifier): boolean {
    const name = node.escapedText;
    let inner: ts.Node = node;
    for (let scope: Scope = node.parent; scope !== file; inner = scope, scope = scope.parent) {
      if (ownName(scope)?.escapedText === name) return true;
      const local = scope.locals?.get(name);
      if (!local || !(local.flags & Value)) continue;
      // The default value of a parameter does not see what the body declares.
      const inBody =
        (local.valueDeclaration?.pos ?? 0) >= ((scope as ts.FunctionDeclaration).body?.pos ?? Infinity);
      if (compiler.isParameter(inner) && inBody) continue;
      return true;
    }
    return false;
  }

  /** A function's or class's own name holds inside it, whatever happens to the variable. */
  function ownName(node: ts.Node): ts.Identifier | undefined {
    const { isFunctionDeclaration, isFunctionExpression, isClassLike } = compiler;
    return isFunctionDeclaration(node) || isFunctionExpression(node) || isClassLike(node)
      ? node.name
      : undefined;
  }
}
