import { withDefaults } from '../options.js';
import { currentBroadcast } from './broadcast.js';
import { markupText } from './markup-text.js';
import { DISPLAY, type Displayable, toBundle, toText } from './mime.js';
import type { MimeBundle } from './output.js';
import { bundleMetadata } from './picture-size.js';

export interface DisplayOptions {
  /** Name by which a later call can update this display. */
  display_id?: string;
  /** Redraw the display of this `display_id` in place instead of adding a new one. */
  update?: boolean;
}

/**
 * Shows a value in the running cell, in its richest form; in a terminal, prints it as text.
 * Await it where the value takes time to draw itself (figures, tensors).
 * @throws TypeError  `display: update needs a display_id`, or when the value's own bundle is none
 */
export async function display(value: unknown, options?: DisplayOptions): Promise<void> {
  const known: DisplayOptions = { display_id: undefined, update: false };
  const { display_id, update } = withDefaults<DisplayOptions>('display', options, known);
  if (update && display_id === undefined) {
    throw new TypeError(
      'display: update needs a display_id, got none (give the display_id of the first call)',
    );
  }
  const bundle = toBundle(value);
  // Awaiting what is ready would let the cell's next output overtake this one.
  const data = bundle instanceof Promise ? await bundle : bundle;
  const broadcast = currentBroadcast();
  if (!broadcast) {
    console.log(typeof data['text/plain'] === 'string' ? data['text/plain'] : toText(value));
    return;
  }
  await broadcast(update ? 'update_display_data' : 'display_data', {
    data,
    metadata: bundleMetadata(data),
    transient: display_id === undefined ? {} : { display_id },
  });
}

/** HTML to show: html`<b>${text}</b>` or html('<b>…</b>'). Values are put in as they are. */
export function html(text: string | TemplateStringsArray, ...values: unknown[]): Displayable {
  return textual('text/html', text, values);
}

/** Markdown to show, with $…$ for mathematics. */
export function md(text: string | TemplateStringsArray, ...values: unknown[]): Displayable {
  return textual('text/markdown', text, values);
}

/** An SVG picture to show. */
export function svg(text: string | TemplateStringsArray, ...values: unknown[]): Displayable {
  return textual('image/svg+xml', text, values);
}

/** Plain data to show as a tree that can be opened and closed. @throws TypeError for what JSON cannot hold */
export function json(value: unknown): Displayable {
  const text = JSON.stringify(value, undefined, 2);
  if (text === undefined) throw new TypeError(`json: value must be JSON data, got ${typeof value}`);
  return shown({ 'application/json': JSON.parse(text), 'text/plain': text });
}

/** A picture to show, from the bytes of a PNG, JPEG, GIF or WebP file. @throws TypeError for other bytes */
export function image(bytes: Uint8Array): Displayable {
  const type = imageType(bytes);
  return shown({
    [type]: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    'text/plain': `[${type}, ${bytes.length} bytes]`,
  });
}

function textual(type: string, text: string | TemplateStringsArray, values: unknown[]): Displayable {
  const whole = typeof text === 'string' ? text : String.raw({ raw: text }, ...values);
  return shown({ [type]: whole, 'text/plain': type === 'text/markdown' ? whole : markupText(whole) });
}

function shown(bundle: MimeBundle): Displayable {
  return { [DISPLAY]: () => bundle };
}

function imageType(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('GIF8')) return 'image/gif';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  throw new TypeError(
    'image: bytes must be a PNG, JPEG, GIF or WebP file (for a picture as text use svg or html)',
  );
}
