import { PROTOCOL } from './wire.js';

/** The content of a kernel_info_reply. */
export function kernelInfo(version: string, languageVersion: string): Record<string, unknown> {
  return {
    status: 'ok',
    protocol_version: PROTOCOL,
    implementation: 'spikingssm',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: languageVersion,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      // JupyterLab colours by this name; its mode for the mimetype is JavaScript's.
      codemirror_mode: 'typescript',
      pygments_lexer: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: `TypeScript ${languageVersion}, on Node.js ${process.versions.node}`,
    debugger: false,
    help_links: [
      { text: 'TypeScript handbook', url: 'https://www.typescriptlang.org/docs/handbook/intro.html' },
    ],
  };
}
