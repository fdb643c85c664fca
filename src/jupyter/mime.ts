import { inspect } from 'node:util';
import type { MimeBundle } from './output.js';
import { isTable, tableBundle } from './table.js';
import { isTensor, tensorText } from './tensor.js';

/** The method by which a value says what it looks like in a notebook; the name is Deno's convention. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display') as typeof DISPLAY;

/** A value that draws itself in a notebook. */
export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

const MAX_LINES = 200;
const MAX_CHARACTERS = 20_000;

/**
 * What a value looks like in a notebook: its own bundle where it has one (`[Symbol.for('Jupyter.display')]` or
 * `$display`), tables as HTML, everything else as readable text.
 * @returns a promise only where the value takes time to draw itself
 * @throws TypeError  when the value's own bundle is none
 */
export function toBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  const own = ownDisplay(value);
  if (own) {
    const bundle: unknown = own.call(value);
    return bundle instanceof Promise ? bundle.then(checkBundle) : checkBundle(bundle);
  }
  if (isTable(value)) return tableBundle(value);
  if (isTensor(value)) return tensorText(value).then((text) => ({ 'text/plain': text }));
  return { 'text/plain': toText(value) };
}

/** Text of any value, with limits, so that no result floods the notebook. */
export function toText(value: unknown): string {
  const text = inspect(value, {
    depth: 4,
    maxArrayLength: 100,
    maxStringLength: 10_000,
    breakLength: 100,
    compact: 3,
    sorted: false,
  });
  return cutText(text);
}

/** Cuts a long text and says so. */
export function cutText(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= MAX_LINES && text.length <= MAX_CHARACTERS) return text;
  const shown = lines.slice(0, MAX_LINES).join('\n').slice(0, MAX_CHARACTERS);
  return `${shown}\n… cut: ${shown.length} of ${text.length} characters shown`;
}

function ownDisplay(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const { [DISPLAY]: bySymbol, $display: byName } = value as { [DISPLAY]?: unknown; $display?: unknown };
  const own = bySymbol ?? byName;
  return typeof own === 'function' ? (own as () => unknown) : undefined;
}

function checkBundle(bundle: unknown): MimeBundle {
  const keys = typeof bundle === 'object' && bundle !== null ? Object.keys(bundle) : [];
  if (keys.length === 0 || !keys.every((key) => key.includes('/'))) {
    throw new TypeError(
      `display: [Symbol.for('Jupyter.display')]() must return { 'text/plain': …, 'text/html': … }, got ${inspect(bundle, { depth: 0 })}`,
    );
  }
  return bundle as MimeBundle;
}
