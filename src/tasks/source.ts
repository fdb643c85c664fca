/** Where the examples of a task come from that can be made here. */
export type Source = 'auto' | 'files' | 'generate';

/** @throws TypeError  `listops: source must be 'auto', 'files' or 'generate', got file` */
export function checkSource(where: string, source: Source): void {
  if (['auto', 'files', 'generate'].includes(source)) return;
  throw new TypeError(`${where}: source must be 'auto', 'files' or 'generate', got ${source}`);
}
