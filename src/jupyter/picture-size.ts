import type { MimeBundle } from './output.js';

export interface PictureSize {
  /** Points of a page, not pixels of the picture. */
  width: number;
  height: number;
}

/** What an output says beside its data: in which size a picture with two or more pixels a point is to be shown. */
export function bundleMetadata(data: MimeBundle): Record<string, unknown> {
  const size = pngSize(data['image/png']);
  return size ? { 'image/png': size } : {};
}

/** The size of a PNG (base64) whose file says that it has a whole number of pixels, at least two, a point. */
export function pngSize(base64: unknown): PictureSize | undefined {
  if (typeof base64 !== 'string') return undefined;
  // The header, and of the chunks behind it the density, which comes before the pixels.
  const head = Buffer.from(base64.slice(0, 4000), 'base64');
  if (head.length < 33 || head.toString('latin1', 1, 4) !== 'PNG') return undefined;
  const at = head.indexOf('pHYs', 33, 'latin1');
  if (at < 0 || at + 13 > head.length || head.readUInt8(at + 12) !== 1) return undefined;
  const density = (head.readUInt32BE(at + 4) * 0.0254) / 96;
  const scale = Math.round(density);
  if (scale < 2 || Math.abs(density - scale) > 0.01) return undefined;
  return { width: head.readUInt32BE(16) / scale, height: head.readUInt32BE(20) / scale };
}
