import type ts from 'typescript';

/** What an editor shows about a name or a call. */
export interface Description {
  signature: string;
  documentation: string;
}

export type Completeness = { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };

/** What tslab's build of the compiler offers beyond the public interface. */
export interface CompilerWithHelp {
  SignatureHelp: {
    getSignatureHelpItems(
      program: ts.Program,
      file: ts.SourceFile,
      position: number,
      reason: undefined,
      cancellation: typeof NEVER_CANCELLED,
    ): ts.SignatureHelpItems | undefined;
  };
}

const NEVER_CANCELLED = {
  isCancellationRequested: (): boolean => false,
  throwIfCancellationRequested: (): void => {},
};

export function describeName(info: ts.QuickInfo | undefined): Description | undefined {
  const signature = joined(info?.displayParts);
  // The compiler's word for a name that it does not know.
  if (!info || signature === 'any') return undefined;
  return { signature, documentation: joined(info.documentation) };
}

/** The signature of the call whose arguments stand around `position`. */
export function describeCall(
  compiler: CompilerWithHelp,
  program: ts.Program,
  file: ts.SourceFile,
  position: number,
): Description | undefined {
  const help = compiler.SignatureHelp.getSignatureHelpItems(
    program,
    file,
    position,
    undefined,
    NEVER_CANCELLED,
  );
  const item = help?.items[help.selectedItemIndex];
  if (!item) return undefined;
  const parameters = item.parameters.map((one) => joined(one.displayParts));
  const between = parameters.join(joined(item.separatorDisplayParts));
  return {
    signature: joined(item.prefixDisplayParts) + between + joined(item.suffixDisplayParts),
    documentation: joined(item.documentation),
  };
}

function joined(parts: readonly ts.SymbolDisplayPart[] | undefined): string {
  return (parts ?? []).map((part) => part.text).join('');
}
